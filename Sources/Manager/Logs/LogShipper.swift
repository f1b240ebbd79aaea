import API
import Artifacts
import ControllerClient
import Core
import Foundation
import Logging
import Synchronization

/// Numbers the lines of this node's tasks and sends them to the controller, soon and in batches; while that is away
/// they wait, up to a bound.
final class LogShipper: Sendable {
    private struct State {
        var spool = LogSpool()
        var sequences: [String: Int] = [:]
    }

    private let client: ControllerClient
    private let node: String
    private let boot: Int
    private let place: URL
    private let limit: Int
    private let now: @Sendable () -> Instant
    private let logger: Logger
    private let state: Mutex<State>
    private let nudge = Nudge()

    static let bytes = 32 << 20
    static let batchLines = 500
    static let batchBytes = 256 << 10
    /// For which lines are gathered before they are sent.
    static let window = Duration.milliseconds(150)

    init(
        client: ControllerClient,
        node: String,
        boot: Int,
        place: URL,
        limit: Int,
        now: @escaping @Sendable () -> Instant,
        logger: Logger
    ) {
        self.client = client
        self.node = node
        self.boot = boot
        self.place = place
        self.limit = max(10, limit)
        self.now = now
        self.logger = logger
        // What the last run could not send any more; a damaged file only loses lines.
        var state = State()
        if let data = FileManager.default.contents(atPath: place.path) {
            if let spool = try? JSONDecoder().decode(LogSpool.self, from: data) { state.spool = spool }
            try? FileManager.default.removeItem(at: place)
        }
        self.state = Mutex(state)
    }

    func append(task: String, stage: String, epoch: Int? = nil, _ text: String) {
        let at = now()
        let capped =
            text.utf8.count > LogSpool.longestLine
            ? String(decoding: text.utf8.prefix(LogSpool.longestLine), as: UTF8.self) + "…" : text
        state.withLock { state in
            state.sequences[task, default: 0] += 1
            let line = LogLine(
                sequence: state.sequences[task] ?? 0,
                at: at,
                task: task,
                node: node,
                stage: stage,
                epoch: epoch,
                text: capped
            )
            state.spool.append(.init(boot: boot, line: line), lines: limit, bytes: Self.bytes)
        }
        nudge()
    }

    /// Sends until it is cancelled.
    func run() async {
        var backoff = Backoff(first: 0.5, longest: 30)
        nudge()
        for await _ in nudge.wakes {
            do {
                try await Task.sleep(for: Self.window)
                try await drain()
                backoff.reset()
            } catch {
                guard !Task.isCancelled else { return }
                logger.debug("log lines could not be sent", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: backoff.next())
                nudge()
            }
        }
    }

    /// Sends what there is, within `limit`; what is left is kept on disk for the next start.
    func finish(within limit: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await self.drain() }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
        let rest = state.withLock { $0.spool }
        guard !rest.entries.isEmpty || !rest.dropped.isEmpty else { return }
        do {
            try Durable.write(JSONEncoder().encode(rest), to: place, mode: 0o600)
        } catch {
            logger.warning("log lines are lost", metadata: ["lines": "\(rest.entries.count)", "error": "\(error)"])
        }
    }

    private func drain() async throws {
        while let batch = state.withLock({ $0.spool.batch(lines: Self.batchLines, bytes: Self.batchBytes) }) {
            do {
                try await client.sendLogs(node: node, LogBatch(lines: batch.lines, boot: batch.boot))
            } catch let error as ClientError where error.status.map(Self.isFinal) == true {
                // It would be refused for ever, and hold up all that comes after it.
                logger.warning(
                    "log lines were refused",
                    metadata: ["lines": "\(batch.lines.count)", "error": "\(error)"]
                )
            }
            state.withLock { $0.spool.remove(batch) }
        }
    }

    private static func isFinal(_ status: Int) -> Bool { [400, 404, 409, 413, 422].contains(status) }
}
