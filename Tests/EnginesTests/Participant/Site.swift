import Artifacts
import Core
import Engines
import FlowRunner
import Foundation
import Logging
import Synchronization
import TestSupport

/// A client node with a real worker, which runs a flow of NumPy.
struct Site: Sendable {
    let node: String
    let worker: FlowWorker
    let running: RunningEngine
    /// This node's side of Flower, where its rounds go over that.
    let flower: FlowerNode?
    let log = WorkerLog()

    /// - Parameter train: The body of `train(model, rows, node, round)`; `model["w"]` is what it changes.
    init(
        _ running: RunningEngine,
        _ number: Int,
        over kind: EngineKind = .embedded,
        train: String = Site.ownNumber,
        size: Int = 1000
    ) async throws {
        node = "site-\(number)"
        self.running = running
        let revision = try running.fixture.makeFolder("revision-\(node)")
        try Self.code(train, size).write(to: revision.appending(path: "flow.py"), atomically: true, encoding: .utf8)
        let (flow, mistakes) = Flow.parse(yaml: Self.yaml, file: "fedops.yaml")
        let log = log
        let python = try await kind.python()
        worker = FlowWorker(
            WorkerConfiguration(
                task: "digits",
                node: node,
                labels: [:],
                revision: revision,
                flow: try flow.orThrow("flow: \(mistakes)"),
                python: python,
                scratch: running.fixture.url("worker-\(node)"),
                log: { line in log.append(line.text) }
            )
        )
        let (worker, node, fixture) = (worker, node, running.fixture)
        flower =
            kind == .embedded
            ? nil
            : FlowerNode(
                FlowerSetup(
                    task: "digits",
                    node: node,
                    python: python,
                    folder: running.fixture.url("flower-\(node)"),
                    log: { fixture.log("\(node): \($0)") }
                ),
                httpClient: running.http,
                logger: Logger(label: node) { _ in SwiftLogNoOpLogHandler() },
                now: { running.clock.now() }
            )
        if let flower {
            let runs = Task { await flower.run() }
            fixture.atEnd {
                runs.cancel()
                await runs.value
            }
        }
        running.fixture.atEnd { await worker.stop() }
        try await worker.start(timeout: .seconds(60))
    }

    /// The site's number becomes its model.
    static let ownNumber = "model['w'][:] = len(rows) / 10; return {'loss': 1.0 / len(rows)}"

    private static let yaml = """
        task: digits
        runtime: {kind: python}
        stages:
          data: flow:data
          model: flow:model
          train: {call: flow:train, with: {rows: $data}, examples: $data}
          evaluate: {call: flow:evaluate, with: {rows: $data}, examples: $data}
        """

    private static func code(_ train: String, _ size: Int) -> String {
        """
        import time
        import numpy as np

        def data(node):
            return np.arange(10.0 * int(node.split("-")[1]))

        def model():
            return {"w": np.zeros(\(size), np.float32)}

        def train(model, rows, node, round):
            print("training", node, round)
            \(train)

        def evaluate(model, rows):
            return {"w": float(model["w"][0])}
        """
    }

    func take(
        _ ticket: Ticket,
        check: @escaping @Sendable () throws(TicketRefusal) -> Void = {}
    ) async throws {
        let key = TicketKeys.client(round: RunningEngine.key, node: node)
        if let flower {
            return try await flower.take(
                part: ticket,
                key: key,
                worker: worker,
                scratch: running.fixture.url("scratch-\(node)"),
                check: check
            )
        }
        let participant = RoundParticipant(
            httpClient: running.http,
            logger: Logger(label: node) { _ in SwiftLogNoOpLogHandler() },
            now: { running.clock.now() },
            idle: 20
        )
        try await participant.take(
            part: ticket,
            key: key,
            node: node,
            worker: worker,
            scratch: running.fixture.url("scratch-\(node)"),
            check: check
        )
    }
}

final class WorkerLog: Sendable {
    private let content = Mutex<[String]>([])

    func append(_ line: String) { content.withLock { $0.append(line) } }
    var lines: [String] { content.withLock { $0 } }
}
