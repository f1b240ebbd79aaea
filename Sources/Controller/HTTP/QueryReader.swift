import API
import Foundation
import Hummingbird

/// Reads the parameters after the `?`; one that can't be read is the caller's mistake, not a default.
struct QueryReader {
    let request: Request

    func text(_ name: String) -> String? {
        request.uri.queryParameters[Substring(name)].map(String.init).flatMap { $0.removingPercentEncoding }
    }

    func flag(_ name: String) throws -> Bool {
        switch text(name) {
        case nil, "false"?, "0"?: false
        case "true"?, "1"?, ""?: true
        case let other?: throw wrong(name, other, "true or false")
        }
    }

    func int(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = text(name) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw wrong(name, text, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    private func wrong(_ name: String, _ found: String, _ allowed: String) -> Problem {
        Problem(status: 400, title: "?\(name)= is \"\(found.prefix(80))\"", detail: "\(allowed) is allowed")
    }
}
