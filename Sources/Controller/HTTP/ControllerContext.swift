import Foundation
import Hummingbird

/// What a request carries on its way through middleware and routes.
struct ControllerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    var caller = Caller.anyone

    init(source: ApplicationRequestContextSource) { coreContext = .init(source: source) }

    /// A parameter of the route's path, as the caller meant it.
    func parameter(_ name: String) -> String {
        let text = parameters.get(name) ?? ""
        return text.removingPercentEncoding ?? text
    }
}

/// Who sent a request, as far as its bearer proves it.
enum Caller: Sendable, Equatable {
    case anyone
    case `operator`
    case node(String)
}
