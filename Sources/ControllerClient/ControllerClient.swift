package import AsyncHTTPClient

/// The controller's API, typed: one method for each `Route`, named like it.
///
/// Every method throws ``ClientError``, or `CancellationError` where its task was cancelled. Answers are read up to a
/// limit in size and time; streams end when their task is cancelled, or throw when they are cut.
package struct ControllerClient: Sendable {
    let endpoint: Endpoint
    let token: String?
    let caller: Caller
    let connections: HTTPClient

    /// - Parameters:
    ///   - url: Such as `https://controller.example:8443`; a path before `/v1` is kept, for proxies.
    ///   - token: An operator's token or a node's secret, as `caller` says; `nil` for what anyone may call.
    ///   - connections: Shared by the whole process where absent.
    package init(
        url: String,
        token: String?,
        caller: Caller? = nil,
        connections: HTTPClient = Connections.shared
    ) throws(ClientError) {
        endpoint = try Endpoint(url)
        if let token, token.isEmpty || !token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) {
            throw .invalidURL(url, why: "the token beside it is empty or has blanks or line breaks in it")
        }
        self.token = token
        self.caller = caller ?? (token == nil ? .anyone : .operator)
        self.connections = connections
    }

    /// `host:port`, for messages.
    package var address: String { endpoint.address }
}
