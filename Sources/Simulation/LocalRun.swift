import Artifacts
import AsyncHTTPClient
import Core
import Engines
import FlowRunner
import Foundation
import Logging
import NIOCore
import Synchronization

/// One run of a local federation: feeds the task's state as the controller does, and does what it asks for.
struct LocalRun: Sendable {
    static let serverName = "server"
    /// How long trackers may take to finish after the last round.
    private static let trackerSeconds = 120.0

    let federation: Federation
    let cast: Cast
    let pool: WorkerPool
    let server: ServerWorker
    let lines: StageLines
    let clock: LocalClock
    private let secret = UUID().uuidString

    init(_ federation: Federation, cast: Cast, pool: WorkerPool, server: ServerWorker, lines: StageLines) {
        self.federation = federation
        self.cast = cast
        self.pool = pool
        self.server = server
        self.lines = lines
        clock = LocalClock(federation.options.isSimulation ? .simulated : .real)
    }

    var options: FederationOptions { federation.options }
    private var tree: WorkingTree { federation.tree }

    /// Starts the engine, runs all rounds, and writes down what came of them.
    func complete(_ report: inout FederationReport) async throws {
        var configuration = EngineConfiguration()
        configuration.connections = max(configuration.connections, options.clients + 64)
        // A simulated deadline passes at once, not when the machine's clock says so.
        configuration.clockCheck = 0.2
        configuration.keepModels = options.keepsModels ? nil : 2
        let engine = try EmbeddedEngine(
            folder: federation.folder.appending(path: "server"),
            configuration: configuration,
            logger: federation.logger,
            now: { [clock] in clock.now() }
        )
        let http = HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: HTTPClient.Configuration(
                redirectConfiguration: .disallow,
                timeout: .init(connect: .seconds(30), read: .seconds(Int64(configuration.poll) + 30)),
                // A client holds a connection while it waits for the model: fewer would keep the others from delivering.
                connectionPool: .init(
                    idleTimeout: .seconds(30),
                    concurrentHTTP1ConnectionsPerHostSoftLimit: (options.sample ?? options.clients) + 8
                )
            )
        )
        let desk = trackers()
        let begun = ContinuousClock.now
        let prepared = report
        let outcome: Result<FederationReport, any Error> = await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await engine.run() }
            if let desk { group.addTask { await desk.run() } }
            defer { group.cancelAll() }
            do {
                guard let port = await engine.port() else { throw EngineError("the engine doesn't listen on loopback") }
                let report = try await rounds(prepared, engine, http, "http://127.0.0.1:\(port)", desk)
                for left in await desk?.drain(within: Self.trackerSeconds) ?? [] {
                    federation.observer(.note("\(left.tracker.name.rawValue) has not got \(left.rounds) rounds"))
                }
                return .success(report)
            } catch {
                return .failure(error)
            }
        }
        try? await http.shutdown()
        report = try outcome.get()
        report.roundSeconds = (ContinuousClock.now - begun) / .seconds(1)
    }

    private func rounds(
        _ report: FederationReport,
        _ engine: EmbeddedEngine,
        _ http: HTTPClient,
        _ url: String,
        _ desk: TrackerDesk?
    ) async throws -> FederationReport {
        var report = report
        let server = LocalNode(Self.serverName, task: tree.flow.task, role: .server)
        var state = try ready(server, url)
        _ = state.apply(
            .runRequested(goal: options.rounds, epochs: options.epochs, base: .scratch),
            at: clock.now()
        )
        while let run = state.run, run.status == .running {
            try Task.checkCancellation()
            guard let ticket = state.round?.ticket else {
                // Back-offs and intervals are not slept.
                guard let next = state.nextDeadline(after: clock.now()) else { throw closed(state) }
                clock.advance(to: next + 0.001)
                _ = state.apply(.tick, at: clock.now())
                continue
            }
            let stage = LocalRound(self, ticket: ticket, server: server, assignment: assignment(state), http: http)
            let begun = ContinuousClock.now
            let (result, failures) = await stage.play(
                on: engine,
                key: TicketKeys.round(secret: secret, task: ticket.task, epoch: ticket.epoch)
            )
            try Task.checkCancellation()
            let effects = state.apply(.roundEnded(node: Self.serverName, result), at: clock.now())
            try await engine.settle(result, task: ticket.task, answer: state.answer(to: result))
            if case .finished(let finished) = result.outcome, case .promoted = state.answer(to: result) {
                let reference = ModelReference(version: ticket.version, digest: finished.model)
                let model = engine.url(ofModel: reference, task: ticket.task)
                desk?.record(ticket, finished, release: tree.commit.short, model: model, at: clock.now())
            }
            report.failures += failures
            for case .record(.round(let record)) in effects where record.ticket == ticket {
                let round = FederationReport.Round(
                    record,
                    version: record.status == .finished ? ticket.version : nil,
                    seconds: (ContinuousClock.now - begun) / .seconds(1),
                    simulated: clock.kind == .simulated ? clock.now().seconds(since: ticket.issued) : nil
                )
                report.rounds.append(round)
                federation.observer(.round(round))
            }
        }
        report.status = state.run?.status ?? .failed
        report.reason = state.run?.reason
        if options.keepsModels, let model = state.model {
            report.model = engine.url(ofModel: model, task: tree.flow.task)?.path
        }
        return report
    }

    private func trackers() -> TrackerDesk? {
        guard let files = options.trackerFiles else { return nil }
        let observer = federation.observer
        guard tree.flow.trackers != nil else {
            observer(.note("nothing is tracked: the flow has no trackers, such as trackers: [tensorboard]"))
            return nil
        }
        var setup = TrackerSetup(task: tree.flow.task, folder: federation.folder.appending(path: "trackers")) {
            observer(.note($0))
        }
        setup.files = files
        setup.environment = options.environment
        let desk = TrackerDesk(setup)
        desk.use(tree.flow, python: federation.python)
        return desk
    }

    /// The state of a task whose nodes all report that they run the working tree.
    private func ready(_ server: LocalNode, _ url: String) throws -> TaskState {
        // Nodes in this process can't fall silent.
        var state = TaskState(task: tree.flow.task, lease: 1e12)
        let instant = clock.now()
        let nodes = [server] + cast.clients.map(\.node)
        for node in nodes {
            state.members[node.name] = node.member
            state.heard[node.name] = instant
        }
        let release = Release(
            number: 1,
            name: "working tree",
            commit: tree.commit,
            digest: tree.digest,
            policy: options.policy(of: tree.flow)
        )
        _ = state.apply(.released(release), at: instant)
        // Each event looks at every node: the clients' reports go in together, the server's as an event that says so.
        for node in nodes {
            _ = node.desire(assignment(state), nil)
            state.members[node.name]?.report = node.report
        }
        _ = state.apply(
            .reported(
                node: server.name,
                order: ReportOrder(boot: 1, bootID: "local", sequence: 1),
                engineURL: url,
                report: server.report
            ),
            at: instant
        )
        return state
    }

    private func assignment(_ state: TaskState) -> Assignment? {
        guard let member = state.members[Self.serverName] else { return nil }
        return state.desiredAssignment(of: member)
    }

    private func closed(_ state: TaskState) -> TreeError {
        let reasons = state.gate(at: clock.now()).reasons.map { "\($0.node): \($0.why)" }
        return TreeError("the gate stays closed: \(reasons.joined(separator: "; "))")
    }
}

extension TaskState {
    /// What the member should run.
    func desiredAssignment(of member: Member) -> Assignment? {
        member.assigned.flatMap { releases[$0] }.map { release in
            Assignment(
                commit: release.commit,
                digest: release.digest,
                environment: release.environment,
                name: release.name,
                attempt: member.attempt ?? 0
            )
        }
    }
}
