package import API
package import Foundation

extension ControllerClient {
    package func version() async throws -> VersionView { try await exchange(.get, Route.version.path) }

    /// Returns where the controller is alive and its store can be written.
    package func health() async throws { try await bytes(.get, Route.health.path, limit: .seconds(10)) }

    /// The OpenAPI document.
    package func openAPI() async throws -> Data { try await bytes(.get, Route.openAPI.path) }

    /// Prometheus' text format.
    package func metrics() async throws -> String {
        String(decoding: try await bytes(.get, Route.metrics.path, accept: "text/plain"), as: UTF8.self)
    }

    package func status() async throws -> StatusView { try await exchange(.get, Route.status.path) }

    /// The newest `limit` events of all tasks after the one numbered `after`, oldest first.
    package func events(after: Int? = nil, limit: Int? = nil) async throws -> [EventView] {
        try await list(Route.events.path + Query(after: after, limit: limit))
    }

    /// Events of all tasks after the one numbered `after`, and then as they happen.
    package func followEvents(after: Int? = nil) -> EventStream<EventView> {
        stream(Route.events.path + Query(after: after, follow: true), event: "event")
    }

    // MARK: - Tokens

    package func listTokens() async throws -> [TokenView] { try await list(Route.listTokens.path) }

    package func createToken(_ request: TokenRequest) async throws -> TokenView {
        try await exchange(.post, Route.createToken.path, body: request.json())
    }

    package func removeToken(_ id: String) async throws { try await bytes(.delete, Route.removeToken.path(id)) }

    // MARK: - What methods share

    func list<Item: Codable & Sendable>(_ target: String) async throws -> [Item] {
        try await exchange(.get, target, as: Listing<Item>.self).items
    }

    func stream<Value>(_ target: String, event: String? = nil) -> EventStream<Value> {
        EventStream(client: self, target: target, event: event)
    }
}

/// `?name=value&…` of those parameters that have a value; empty where none has.
struct Query {
    let text: String

    init(_ items: [(name: String, value: String?)]) {
        let pairs = items.compactMap { name, value in
            value.map { "\(name)=" + ($0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "") }
        }
        text = pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }

    init(after: Int?, limit: Int? = nil, follow: Bool = false) {
        self.init([
            ("after", after.map(String.init)), ("limit", limit.map(String.init)), ("follow", follow ? "true" : nil),
        ])
    }

    static func + (path: String, query: Query) -> String { path + query.text }
}
