import API
import Core
import Foundation
import Hummingbird
import Logging
import NIOCore
import Synchronization
import TestSupport

/// A controller over real HTTP whose decisions the test makes: it holds what nodes should do, takes what they say, and
/// can fail in the ways that a real one and the network in between can.
final class ScriptedController: Sendable {
    static let token = "one-time-token"

    struct State {
        var tasks: [String: [DesiredTask]] = [:]
        var sequence = 0
        var boot = 1
        var clockAhead: Double = 0
        var reports: [NodeReport] = []
        var lines: [LogLine] = []
        var results: [RoundResult] = []
        var blobs: [String: Data] = [:]
        /// Path and `Range` of each request for a blob or a manifest.
        var fetches: [(path: String, range: String?)] = []
        /// The next answers for blobs end after so many bytes, with the connection.
        var cuts: [Int] = []
        /// So many of the next answers for blobs have a byte changed.
        var damages = 0
        var answers: [ResultAnswer] = []
        var watchers: [Int: AsyncStream<Void>.Continuation] = [:]
        var watches = 0
        var refusesWatch = false
        var refusesLogs = false
        var secret = "node-secret"
        var heartbeat = 0.2
    }

    let state = Mutex(State())
    private let port: Int
    private let running = Mutex<Task<Void, Never>?>(nil)

    var url: String { "http://127.0.0.1:\(port)" }

    private init(port: Int) { self.port = port }

    static func start(_ fixture: Fixture) async throws -> ScriptedController {
        let controller = ScriptedController(port: try freePort())
        try await controller.arrive()
        fixture.atEnd { await controller.leave() }
        return controller
    }

    /// Listens, again where it had left; counted as a start of the controller.
    func arrive() async throws {
        let (listening, continuation) = AsyncStream.makeStream(of: Void.self)
        var logger = Logger(label: "scripted")
        logger.logLevel = .critical
        let application = Application(
            router: router(),
            configuration: .init(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { _ in continuation.finish() },
            logger: logger
        )
        state.withLock { $0.boot += 1 }
        // Ends with `leave`, which the fixture calls.
        let task = Task {
            try? await application.run()
            continuation.finish()
        }
        running.withLock { $0 = task }
        for await _ in listening {}
    }

    /// Nobody listens on the port any more.
    func leave() async {
        let task = running.withLock { running in
            defer { running = nil }
            return running
        }
        for watcher in state.withLock({ Array($0.watchers.values) }) { watcher.finish() }
        task?.cancel()
        await task?.value
    }

    // MARK: - What the test decides and sees

    /// Sets what `node` should do, and tells it.
    func want(_ node: String, _ tasks: [DesiredTask]) {
        let watchers = state.withLock { state in
            state.tasks[node] = tasks
            return Array(state.watchers.values)
        }
        for watcher in watchers { watcher.yield() }
    }

    func reports(of node: String) -> [NodeReport] { state.withLock { $0.reports.filter { $0.node == node } } }

    func latest(_ node: String, _ task: String = "digits") -> TaskReport? {
        reports(of: node).last?.tasks.first { $0.task == task }
    }

    @discardableResult
    func waitForReport(
        _ what: String,
        of node: String,
        within limit: Duration = .seconds(30),
        _ condition: (TaskReport) -> Bool
    ) async throws -> TaskReport {
        do {
            return try await eventually("\(node): \(what)", within: limit) {
                self.latest(node).flatMap { condition($0) ? $0 : nil }
            }
        } catch {
            throw WaitFailed(description: "\(error); its last report: \(String(describing: latest(node)))")
        }
    }

    func document(for node: String) -> DesiredDocument {
        state.withLock { state in
            state.sequence += 1
            return DesiredDocument(
                node: node,
                time: Instant(Date()) + state.clockAhead,
                order: DocumentOrder(boot: state.boot, sequence: state.sequence),
                heartbeat: state.heartbeat,
                tasks: state.tasks[node] ?? []
            )
        }
    }

    /// How often each blob was asked for since the last call, by digest.
    func takeFetches() -> [String: Int] {
        state.withLock { state in
            defer { state.fetches = [] }
            return Dictionary(
                state.fetches.map { (String($0.path.split(separator: "/").last ?? ""), 1) },
                uniquingKeysWith: +
            )
        }
    }
}

struct WaitFailed: Error, CustomStringConvertible {
    let description: String
}
