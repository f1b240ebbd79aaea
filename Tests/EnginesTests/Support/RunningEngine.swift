import Artifacts
import AsyncHTTPClient
import Engines
import Foundation
import Logging
import Synchronization
import TestSupport

@testable import Core

/// A real engine that listens on a free port of loopback, over a folder of the test's fixture.
struct RunningEngine: Sendable {
    static let commit = "1f3870be274f6c49b3e31a0c6728957f1f3870be"
    static let artifact = String(repeating: "ab", count: 32)
    static let key = "the key of the round"

    let engine: EmbeddedEngine
    let port: Int
    let fixture: Fixture
    let http: HTTPClient
    let clock: ControllerClock

    var url: String { "http://127.0.0.1:\(port)" }
    var folder: URL { Self.folder(fixture) }

    static func folder(_ fixture: Fixture) -> URL { fixture.url("engine") }
    /// A ticket for the first round of a task: `site-1` makes the first global model.
    func ticket(
        task: String = "digits",
        epoch: Int = 1,
        clients: [String] = ["site-1", "site-2", "site-3"],
        base: ModelReference? = nil,
        version: Int = 1,
        minimum: Int = 1,
        trainFor: Double = 60,
        evaluateFor: Double = 60,
        strategy: String = "fedavg",
        commit: String = RunningEngine.commit
    ) throws -> Ticket {
        let now = clock.now()
        return Ticket(
            task: task,
            run: 1,
            round: version,
            epoch: epoch,
            commit: try CommitHash(commit).orThrow("commit"),
            digest: try ContentDigest(Self.artifact).orThrow("digest"),
            server: "server",
            serverURL: url,
            clients: clients,
            base: base,
            initializer: base == nil ? clients[0] : nil,
            version: version,
            minimum: minimum,
            strategy: strategy,
            epochs: 1,
            issued: now,
            trainBy: now + trainFor,
            deadline: now + (trainFor + evaluateFor)
        )
    }

    func order(
        _ ticket: Ticket,
        options: [String: JSONValue] = [:],
        check: @escaping @Sendable () throws(TicketRefusal) -> Void = {},
        evaluate: ServerEvaluation? = nil,
        aggregate: ServerAggregation? = nil
    ) -> RoundOrder {
        RoundOrder(
            ticket: ticket,
            roundKey: Self.key,
            options: options,
            evaluate: evaluate,
            aggregate: aggregate,
            check: check
        )
    }

    func client(_ node: String, _ ticket: Ticket, key: String = RunningEngine.key) -> ScriptedClient {
        ScriptedClient(
            node: node,
            ticket: ticket,
            bearer: TicketKeys.client(round: key, node: node),
            http: http,
            folder: fixture.folder
        )
    }
}

/// Runs an engine for as long as `body` takes. A second one over the same fixture is a restart of the first.
func withEngine<Value: Sendable>(
    _ fixture: Fixture,
    _ tuning: EngineTuning = EngineTuning(),
    _ body: (RunningEngine) async throws -> Value
) async throws -> Value {
    let clock = ControllerClock()
    var configuration = EngineConfiguration()
    configuration.clockCheck = 0.05
    configuration.idle = tuning.idle ?? configuration.idle
    configuration.admission = tuning.admission ?? configuration.admission
    configuration.keepModels = tuning.keepModels
    var logger = Logger(label: "engine") { _ in FixtureLog(fixture: fixture) }
    logger.logLevel = .debug
    let engine = try EmbeddedEngine(
        folder: RunningEngine.folder(fixture),
        configuration: configuration,
        logger: logger,
        now: { clock.now() }
    )
    var client = HTTPClient.Configuration()
    client.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 128
    let http = HTTPClient(configuration: client)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await engine.run() }
        do {
            let port = try await engine.port().orThrow("the engine listens")
            let value = try await body(
                RunningEngine(engine: engine, port: port, fixture: fixture, http: http, clock: clock)
            )
            group.cancelAll()
            try? await group.waitForAll()
            try await http.shutdown()
            return value
        } catch {
            group.cancelAll()
            try? await http.shutdown()
            throw error
        }
    }
}

func withEngine<Value: Sendable>(
    _ name: String = #function,
    tuning: EngineTuning = EngineTuning(),
    _ body: (RunningEngine) async throws -> Value
) async throws -> Value {
    try await withFixture(name) { fixture in try await withEngine(fixture, tuning, body) }
}

/// What a test wants other than the engine's defaults.
struct EngineTuning {
    var idle: Double?
    var admission: Double?
    var keepModels: Int?
}

/// The controller's clock, which a test can set forward.
final class ControllerClock: Sendable {
    private let ahead = Mutex(0.0)

    func now() -> Instant { Instant(Date()) + ahead.withLock { $0 } }

    func pass(_ seconds: Double) { ahead.withLock { $0 += seconds } }
}

struct Absent: Error, CustomStringConvertible {
    let description: String
}

extension Optional {
    func orThrow(_ what: String) throws -> Wrapped {
        guard let self else { throw Absent(description: "there is no \(what)") }
        return self
    }
}

/// Writes what the engine logs into the log of the test, which is kept when the test fails.
private struct FixtureLog: LogHandler {
    let fixture: Fixture
    var logLevel = Logger.Level.debug
    var metadata = Logger.Metadata()

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        fixture.log("\(event.level) \(event.message) \(all.sorted { $0.key < $1.key }.map { "\($0)=\($1)" })")
    }
}
