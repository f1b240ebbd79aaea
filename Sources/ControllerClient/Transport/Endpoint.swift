import Foundation

/// Where a controller is: what its URL says, checked once.
struct Endpoint: Sendable {
    /// Without a slash at its end.
    let base: String
    /// `host:port`, for messages.
    let address: String

    init(_ text: String) throws(ClientError) {
        func invalid(_ why: String) -> ClientError { .invalidURL(text, why: why) }
        guard let parts = URLComponents(string: text) else { throw invalid("it is not a URL") }
        guard let scheme = parts.scheme?.lowercased(), scheme == "http" || scheme == "https" else {
            throw invalid("it doesn't begin with http:// or https://")
        }
        guard let host = parts.host, !host.isEmpty else { throw invalid("the host is missing") }
        guard parts.user == nil, parts.password == nil else {
            throw invalid("credentials don't belong into it, the token is given apart")
        }
        guard parts.query == nil, parts.fragment == nil else { throw invalid("it has a query or a fragment") }
        var base = text
        while base.hasSuffix("/") { base.removeLast() }
        self.base = base
        address = "\(host):\(parts.port ?? (scheme == "https" ? 443 : 80))"
    }
}
