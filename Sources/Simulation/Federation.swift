import Core
import Engines
import FlowRunner
package import Foundation
package import Logging

/// A federation in one process: the controller's task state, the server node's engine on loopback, and clients that take
/// part as they do in production, with the user's stages in real workers.
///
/// Nothing of a round is written anew here. What is missing is what one machine doesn't need: Git, rollouts, reports over
/// the network, and a disk that has to outlive the process.
package struct Federation: Sendable {
    let options: FederationOptions
    let tree: WorkingTree
    let python: URL?
    let folder: URL
    let bytecode: URL
    let logger: Logger
    let begun: ContinuousClock.Instant
    let observer: @Sendable (FederationEvent) -> Void

    /// How long a worker may take to import the user's code.
    static let startTimeout = Duration.seconds(300)

    /// - Parameters:
    ///   - python: Of the flow's environment; `nil` where all stages are commands.
    ///   - folder: For models, scratch files and what clients keep; the caller's to remove.
    ///   - bytecode: Where Python keeps what it has compiled: kept, it saves the next workers most of their start.
    ///   - begun: From when the seconds of the report count.
    ///   - observer: Called from any thread; must not block for long.
    package init(
        _ options: FederationOptions,
        tree: WorkingTree,
        python: URL?,
        folder: URL,
        bytecode: URL? = nil,
        logger: Logger,
        begun: ContinuousClock.Instant = .now,
        observer: @escaping @Sendable (FederationEvent) -> Void
    ) {
        self.options = options
        self.tree = tree
        self.python = python
        self.folder = folder
        self.bytecode = bytecode ?? folder.appending(path: "bytecode")
        self.logger = logger
        self.begun = begun
        self.observer = observer
    }

    /// Runs all rounds. When this returns or throws, no process of a worker is left.
    ///
    /// - Throws: `StageFailure` where a worker can't be started or the data can't be divided; `TreeError` where the gate
    ///   can never open; `CancellationError`. A run that fails is no error but a report.
    package func run() async throws -> FederationReport {
        try FileLimit.raise()
        let lines = StageLines(observer)
        let pool = WorkerPool(workers(lines), startTimeout: Self.startTimeout)
        let server = ServerWorker(
            worker(LocalRun.serverName, .server, cores: 1, in: "workers/server") { lines.append($0, at: -1) }
        )
        do {
            let report = try await run(pool, server, lines)
            await pool.stop()
            await server.stop()
            return report
        } catch {
            // A cancelled task can still wait for its processes to be gone.
            await Task {
                await pool.stop()
                await server.stop()
            }.value
            throw error
        }
    }

    private func run(_ pool: WorkerPool, _ server: ServerWorker, _ lines: StageLines) async throws -> FederationReport {
        observer(.note("starting \(pool.workers.count) \(pool.workers.count == 1 ? "worker" : "workers")"))
        do {
            try await pool.start()
            try await pool.workers.first?.check()
        } catch let failure as StageFailure {
            throw hinted(failure)
        }
        let cast = try Cast(options, tree: tree, dataTakes: pool.workers.first?.dataTakes ?? [], folder: folder)
        let setup = FederationReport.Setup(
            task: tree.flow.task,
            commit: tree.commit,
            digest: tree.digest,
            clients: options.clients,
            workers: pool.workers.count,
            split: cast.split.description,
            seed: options.seed,
            seconds: 0,
            shares: try await shares(cast, pool)
        )
        var report = FederationReport(setup: setup, status: .running)
        report.setup.seconds = (ContinuousClock.now - begun) / .seconds(1)
        observer(.ready(report.setup))
        try await LocalRun(self, cast: cast, pool: pool, server: server, lines: lines).complete(&report)
        report.seconds = (ContinuousClock.now - begun) / .seconds(1)
        report.peakBytes = PeakMemory.own
        report.workerPeakBytes = pool.peakBytes
        return report
    }

    /// Gives clients their data where each has a worker of its own, and else the first client, so that what is wrong with
    /// the data is told before any round.
    private func shares(_ cast: Cast, _ pool: WorkerPool) async throws -> [FederationReport.Share] {
        let first = options.isSimulation ? Array(cast.clients.prefix(1)) : cast.clients
        return try await withThrowingTaskGroup(of: (Int, ClientShare?).self) { group in
            for (place, client) in first.enumerated() {
                group.addTask {
                    (place, try await pool.describe(client.played, at: place, timeout: Self.startTimeout))
                }
            }
            var found: [Int: ClientShare] = [:]
            for try await (place, share) in group { found[place] = share }
            return first.enumerated().map { place, client in
                FederationReport.Share(node: client.node.name, labels: client.node.labels, share: found[place])
            }
        }
    }

    private func workers(_ lines: StageLines) -> [FlowWorker] {
        let count = min(options.workers ?? options.clients, options.clients)
        // Workers that each take every core would only wait for one another.
        let cores = max(1, ProcessInfo.processInfo.activeProcessorCount / count)
        return (0..<count).map { place in
            FlowWorker(
                worker(options.names[place], .client, options.labels(at: place), cores: cores, in: "workers/\(place)") {
                    lines.append($0, at: place)
                }
            )
        }
    }

    private func worker(
        _ node: String,
        _ role: NodeRole,
        _ labels: [String: String] = [:],
        cores: Int,
        in place: String,
        log: @escaping @Sendable (WorkerLogLine) -> Void
    ) -> WorkerConfiguration {
        var environment = options.environment
        for name in ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"]
        where environment[name] == nil && ProcessInfo.processInfo.environment[name] == nil {
            environment[name] = String(cores)
        }
        return WorkerConfiguration(
            task: tree.flow.task,
            node: node,
            role: role,
            labels: labels,
            revision: tree.folder,
            flowFolder: tree.flowFolder,
            flow: tree.flow,
            python: python,
            environment: environment,
            scratch: folder.appending(path: place),
            bytecode: bytecode,
            log: log
        )
    }

    /// Says what to do about a label that the flow wants and no client has.
    private func hinted(_ failure: StageFailure) -> StageFailure {
        let wanted = Set(
            Flow.StageName.allCases.flatMap { tree.flow.stages[$0].with.values }.compactMap { binding -> String? in
                guard case .reference(let reference) = binding, reference.source == .labels else { return nil }
                return reference.path.first
            }
        )
        let missing = wanted.filter { options.labels[$0] == nil }.sorted()
        guard let name = missing.first, failure.message.contains("no such label") else { return failure }
        var failure = failure
        failure.message += "; give the clients values for it, such as --label \(name)=a,b,c"
        return failure
    }
}
