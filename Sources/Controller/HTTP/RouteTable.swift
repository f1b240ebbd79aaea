import API
import HTTPTypes
import Hummingbird

/// Registers routes by their description in the API, so that a handler can't be put anywhere else, and nobody gets to one
/// whom its description keeps out.
final class RouteTable {
    typealias Handler = @Sendable (Request, ControllerContext) async throws -> Response

    let router = Router(context: ControllerContext.self)
    private(set) var routes: [Route] = []
    private let authenticator: Authenticator

    init(authenticator: Authenticator, metrics: Metrics) {
        self.authenticator = authenticator
        router.add(middleware: ProblemMiddleware(metrics: metrics))
    }

    func on(_ route: Route, _ handler: @escaping Handler) {
        routes.append(route)
        let authenticator = authenticator
        router.on(RouterPath(route.path), method: route.method.http) { request, context in
            var context = context
            let node = route.path.contains("{node}") ? context.parameter("node") : nil
            context.caller = try authenticator.caller(of: request, for: route.access, node: node)
            return try await handler(request, context)
        }
    }

    /// A route that answers with JSON.
    func json<Answer: Encodable & Sendable>(
        _ route: Route,
        status: HTTPResponse.Status = .ok,
        _ handler: @escaping @Sendable (Request, ControllerContext) async throws -> Answer
    ) {
        on(route) { request, context in
            try JSONAnswer.response(try await handler(request, context), status: status)
        }
    }
}

extension Route.Method {
    var http: HTTPRequest.Method {
        switch self {
        case .get: .get
        case .post: .post
        case .put: .put
        case .delete: .delete
        }
    }
}
