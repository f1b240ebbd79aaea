import API
import AsyncHTTPClient
import Core
import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// Calls a running controller. Every answer is held against the OpenAPI document.
struct TestClient: Sendable {
    struct Answer: Sendable {
        var status: Int
        /// By names in lower case.
        var headers: [String: String]
        var body: Data

        func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
            guard (200..<300).contains(status) else { throw try JSONDecoder().decode(Problem.self, from: body) }
            return try JSONDecoder().decode(type, from: body)
        }

        func problem() throws -> Problem {
            #expect(headers["content-type"] == "application/problem+json")
            return try JSONDecoder().decode(Problem.self, from: body)
        }
    }

    /// Opens as many connections as are asked for; the shared client stops at eight.
    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 2000
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    var url: String
    var bearer: String?

    /// Any body, as it is.
    func exchange(
        _ route: Route,
        _ values: [String] = [],
        query: String = "",
        raw: Data? = nil,
        headers: [(String, String)] = []
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url + path(route, values) + query)
        request.method = HTTPMethod(rawValue: route.method.rawValue.uppercased())
        if let bearer { request.headers.add(name: "Authorization", value: "Bearer \(bearer)") }
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        if let raw {
            if !headers.contains(where: { $0.0 == "Content-Type" }) {
                request.headers.add(name: "Content-Type", value: "application/json")
            }
            request.body = .bytes(ByteBuffer(bytes: raw))
        }
        let response = try await Self.http.execute(request, timeout: .seconds(60))
        let body = try await response.body.collect(upTo: 64 << 20)
        let answer = Answer(
            status: Int(response.status.code),
            headers: Dictionary(
                response.headers.map { ($0.name.lowercased(), $0.value) },
                uniquingKeysWith: { first, _ in first }
            ),
            body: Data(body.readableBytesView)
        )
        let flaws = SchemaChecker.shared?.flaws(
            in: answer.body,
            status: answer.status,
            type: answer.headers["content-type"] ?? "",
            of: route
        )
        #expect(flaws == [], "the answer isn't as the OpenAPI document says")
        return answer
    }

    func send(_ route: Route, _ values: String..., body: some Encodable) async throws -> Answer {
        try await exchange(route, values, raw: try JSONEncoder().encode(body))
    }

    func send(_ route: Route, _ values: String..., query: String = "") async throws -> Answer {
        try await exchange(route, values, query: query)
    }

    func get<Value: Decodable>(_ route: Route, _ values: String...) async throws -> Value {
        try await exchange(route, values).decode()
    }

    func post<Value: Decodable>(_ route: Route, _ values: String..., body: some Encodable) async throws -> Value {
        try await exchange(route, values, raw: try JSONEncoder().encode(body)).decode()
    }

    func list<Item: Codable & Sendable>(_ type: Item.Type, _ route: Route, _ values: String...) async throws -> [Item] {
        try await exchange(route, values).decode(Listing<Item>.self).items
    }

    /// Server-sent events of an answer that stays open; cancel the task that reads them to leave.
    func events(
        _ route: Route,
        _ values: [String],
        query: String = "",
        headers: [(String, String)] = []
    ) async throws -> AsyncThrowingStream<StreamedEvent, any Error> {
        var request = HTTPClientRequest(url: url + path(route, values) + query)
        if let bearer { request.headers.add(name: "Authorization", value: "Bearer \(bearer)") }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        let response = try await Self.http.execute(request, timeout: .seconds(60))
        #expect(response.status == .ok)
        #expect(response.headers.first(name: "content-type") == "text/event-stream")
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: StreamedEvent.self)
        let reader = Task {
            var pending = ""
            do {
                for try await piece in response.body {
                    pending += String(decoding: piece.readableBytesView, as: UTF8.self)
                    while let end = pending.range(of: "\n\n") {
                        continuation.yield(StreamedEvent(String(pending[..<end.lowerBound])))
                        pending = String(pending[end.upperBound...])
                    }
                }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        continuation.onTermination = { _ in reader.cancel() }
        return stream
    }

    private func path(_ route: Route, _ values: [String]) -> String {
        var values = values[...]
        return route.path.split(separator: "/", omittingEmptySubsequences: false).map { part in
            guard part.hasPrefix("{"), let value = values.popFirst() else { return String(part) }
            return value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? value
        }.joined(separator: "/")
    }
}

struct StreamedEvent: Sendable {
    /// Empty for a comment.
    var event = ""
    var id: String?
    var data = ""

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            if line.hasPrefix("event: ") { event = String(line.dropFirst(7)) }
            if line.hasPrefix("id: ") { id = String(line.dropFirst(4)) }
            if line.hasPrefix("data: ") { data = String(line.dropFirst(6)) }
        }
    }

    func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: Data(data.utf8))
    }
}
