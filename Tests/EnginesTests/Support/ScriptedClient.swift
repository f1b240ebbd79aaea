import AsyncHTTPClient
import Core
import Crypto
import Engines
import Foundation
import NIOCore
import NIOHTTP1

/// A client of a round that does and says exactly what a test tells it, over real HTTP.
struct ScriptedClient: Sendable {
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: Data

        func header(_ name: String) -> String? { headers.first(name: name) }
        var problem: EngineProblem? { try? JSONDecoder().decode(EngineProblem.self, from: body) }
        func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
            try JSONDecoder().decode(type, from: body)
        }
    }

    var node: String
    var ticket: Ticket
    var bearer: String
    let http: HTTPClient
    let folder: URL

    func request(_ method: HTTPMethod, _ part: EnginePaths.Part, epoch: Int? = nil) -> HTTPClientRequest {
        var request = HTTPClientRequest(
            url: ticket.serverURL + EnginePaths.round(task: ticket.task, epoch: epoch ?? ticket.epoch, part)
        )
        request.method = method
        request.headers.add(name: "Authorization", value: "Bearer \(bearer)")
        request.headers.add(name: EngineHeaders.node, value: node)
        // A connection of its own for each: what one answer does to its connection isn't the next one's affair.
        request.headers.add(name: "Connection", value: "close")
        return request
    }

    func send(_ request: HTTPClientRequest) async throws -> Answer {
        let response = try await http.execute(request, timeout: .seconds(60))
        let body = try await response.body.collect(upTo: 256 << 20)
        return Answer(
            status: Int(response.status.code),
            headers: response.headers,
            body: Data(body.readableBytesView)
        )
    }

    func get(_ part: EnginePaths.Part) async throws -> Answer { try await send(request(.GET, part)) }

    func put(_ part: EnginePaths.Part, _ value: some Encodable) async throws -> Answer {
        try await put(part, raw: JSONEncoder().encode(value))
    }

    func put(_ part: EnginePaths.Part, raw: Data) async throws -> Answer {
        var request = request(.PUT, part)
        request.body = .bytes(ByteBuffer(bytes: raw))
        return try await send(request)
    }

    /// Delivers the first global model.
    func initialise(_ model: Data) async throws -> Answer {
        var request = request(.PUT, .base)
        request.headers.add(name: EngineHeaders.sha256, value: Self.digest(model).description)
        request.body = .bytes(ByteBuffer(bytes: model))
        return try await send(request)
    }

    func head(
        _ update: Data,
        examples: Int = 10,
        metrics: [String: Double] = [:],
        steps: Double? = nil,
        commit: CommitHash? = nil,
        artifact: ContentDigest? = nil
    ) -> UpdateHead {
        UpdateHead(
            commit: commit ?? ticket.commit,
            artifact: artifact ?? ticket.digest,
            sha256: Self.digest(update),
            examples: examples,
            seconds: 0.5,
            metrics: metrics,
            steps: steps
        )
    }

    func deliver(_ update: Data, _ head: UpdateHead, epoch: Int? = nil) async throws -> Answer {
        try await deliver(update, fields: head.fields(), epoch: epoch)
    }

    func deliver(_ update: Data, fields: [(name: String, value: String)], epoch: Int? = nil) async throws -> Answer {
        var request = request(.PUT, .update, epoch: epoch)
        for field in fields { request.headers.add(name: field.name, value: field.value) }
        request.body = .bytes(ByteBuffer(bytes: update))
        return try await send(request)
    }

    func deliver(_ update: Data, examples: Int = 10, metrics: [String: Double] = [:]) async throws -> Answer {
        try await deliver(update, head(update, examples: examples, metrics: metrics))
    }

    func evaluate(examples: Int = 10, metrics: [String: Double] = [:]) async throws -> Answer {
        try await put(
            .evaluation,
            EvaluationReport(commit: ticket.commit, digest: ticket.digest, examples: examples, metrics: metrics)
        )
    }

    func status() async throws -> RoundStatus { try await get(.status).decode(RoundStatus.self) }

    static func digest(_ data: Data) -> ContentDigest { ContentDigest(bytes: SHA256.hash(data: data)) }
}
