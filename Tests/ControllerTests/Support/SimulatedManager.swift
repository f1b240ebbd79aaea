import API
import Core
import Foundation
import Synchronization

/// A manager that speaks to the controller over HTTP, and decides by the same `NodeLedger` as the real one. It has no
/// worker: preparing, activating and training take no time, and can be told to fail.
final class SimulatedManager: Sendable {
    private struct State {
        var ledgers: [String: NodeLedger] = [:]
        var boot = 1
        var sequence = 0
        var newest: DesiredDocument?
        /// Commits that this node can't run, and why.
        var broken: [CommitHash: String] = [:]
        /// A commit whose preparation takes until it is let go.
        var held: CommitHash?
        /// Whether rounds end by themselves.
        var answersRounds = true
        var results: [RoundResult] = []
        var answers: [ResultAnswer] = []
    }

    let name: String
    let role: NodeRole
    let client: TestClient
    private let state = Mutex(State())

    init(_ name: String, _ role: NodeRole, _ client: TestClient) {
        self.name = name
        self.role = role
        self.client = client
    }

    var desired: DesiredDocument? { state.withLock { $0.newest } }
    var results: [RoundResult] { state.withLock { $0.results } }
    var answers: [ResultAnswer] { state.withLock { $0.answers } }
    func ticket(_ task: String) -> Ticket? { desired?.tasks.first { $0.task == task }?.ticket }
    func ledger(_ task: String) -> NodeLedger? { state.withLock { $0.ledgers[task] } }

    func fail(_ commit: CommitHash, _ why: String) { state.withLock { $0.broken[commit] = why } }
    /// Lets the preparation of this commit take until another call.
    func hold(_ commit: CommitHash?) {
        state.withLock { state in
            state.held = commit
            guard commit == nil else { return }
            for (task, ledger) in state.ledgers {
                guard let preparing = ledger.preparing else { continue }
                var ledger = ledger
                for case .activate(let assignment) in ledger.apply(.prepared(preparing)) {
                    _ = ledger.apply(.activated(assignment))
                }
                state.ledgers[task] = ledger
            }
        }
    }

    func setAnswersRounds(_ answers: Bool) { state.withLock { $0.answersRounds = answers } }

    /// Reports until cancelled.
    func run(every interval: Duration = .milliseconds(100)) async {
        while !Task.isCancelled {
            try? await step()
            try? await Task.sleep(for: interval)
        }
    }

    /// Reports, does what the answer asks for, and reports again until nothing is left to do.
    func step() async throws {
        for _ in 0..<10 {
            let document = try await report()
            let work = take(document)
            for ticket in work.tickets { try await finish(ticket) }
            if !work.changed { return }
        }
    }

    @discardableResult
    func report() async throws -> DesiredDocument {
        try await client.send(.report, name, body: nextReport()).decode(DesiredDocument.self)
    }

    func nextReport() -> NodeReport {
        state.withLock { state in
            state.sequence += 1
            return NodeReport(
                node: name,
                order: ReportOrder(boot: state.boot, bootID: "\(name)-\(state.boot)", sequence: state.sequence),
                version: "test",
                engineURL: role == .server ? "http://127.0.0.1:9" : nil,
                tasks: state.ledgers.values.sorted { $0.task < $1.task }.map { $0.report() }
            )
        }
    }

    private func take(_ document: DesiredDocument) -> (changed: Bool, tickets: [Ticket]) {
        state.withLock { state in
            if let newest = state.newest, document.order < newest.order { return (false, []) }
            state.newest = document
            var (changed, tickets) = (false, [Ticket]())
            let wanted = Dictionary(uniqueKeysWithValues: document.tasks.map { ($0.task, $0) })
            for task in Set(state.ledgers.keys).union(wanted.keys) {
                var ledger = state.ledgers[task] ?? NodeLedger(task: task)
                let before = ledger.report()
                var effects = ledger.apply(.desired(wanted[task]?.assignment, wanted[task]?.ticket))
                while !effects.isEmpty {
                    switch effects.removeFirst() {
                    case .prepare(let assignment):
                        if assignment.commit == state.held { continue }
                        let why = state.broken[assignment.commit]
                        effects += ledger.apply(
                            why.map { .prepareFailed(assignment, message: $0) } ?? .prepared(assignment)
                        )
                    case .activate(let assignment): effects += ledger.apply(.activated(assignment))
                    case .work(let ticket):
                        if state.answersRounds { tickets.append(ticket) }
                    case .cancel(let epoch): effects += ledger.apply(.ticketEnded(epoch: epoch))
                    case .deactivate, .report: break
                    }
                }
                state.ledgers[task] = ledger
                changed = changed || ledger.report() != before
            }
            return (changed, tickets)
        }
    }

    /// Ends the work on a ticket; the server node tells the controller what came of the round.
    func finish(_ ticket: Ticket) async throws {
        if ticket.server == name {
            let result = Self.result(of: ticket)
            state.withLock { $0.results.append(result) }
            try await post(result, task: ticket.task)
        }
        state.withLock { _ = $0.ledgers[ticket.task]?.apply(.ticketEnded(epoch: ticket.epoch)) }
    }

    @discardableResult
    func post(_ result: RoundResult, task: String) async throws -> ResultAnswer {
        let answer = try await client.send(.sendResult, name, task, body: result).decode(ResultAnswer.self)
        state.withLock { $0.answers.append(answer) }
        return answer
    }

    /// The same node, with all that it knows, before a controller that runs elsewhere.
    func moved(to controller: TestController) -> SimulatedManager {
        let moved = SimulatedManager(name, role, TestClient(url: controller.url, bearer: client.bearer))
        let known = state.withLock { $0 }
        moved.state.withLock { $0 = known }
        return moved
    }

    /// What the model of a ticket's round is named by.
    static func digest(of ticket: Ticket) -> ContentDigest {
        ContentDigest(String(repeating: String(ticket.epoch % 10), count: 64)) ?? ticket.digest
    }

    /// A result to which every client of the ticket contributed.
    static func result(of ticket: Ticket) -> RoundResult {
        let digest = digest(of: ticket)
        let contributions = ticket.clients.map {
            Contribution(
                node: $0,
                commit: ticket.commit,
                examples: 10,
                update: digest,
                seconds: 0.1,
                metrics: ["loss": 0.5]
            )
        }
        return RoundResult(
            epoch: ticket.epoch,
            commit: ticket.commit,
            digest: ticket.digest,
            outcome: .finished(
                FinishedRound(
                    model: digest,
                    bytes: 100,
                    contributions: contributions,
                    trainMetrics: ["loss": 0.5],
                    evaluation: ["accuracy": 0.9]
                )
            )
        )
    }
}
