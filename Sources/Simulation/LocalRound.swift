import Artifacts
import AsyncHTTPClient
import Core
import Engines
import FlowRunner
import Foundation
import Logging

/// One ticket of a local federation: the server node conducts it, and every client takes part.
struct LocalRound: Sendable {
    private let run: LocalRun
    private let ticket: Ticket
    private let server: LocalNode
    private let assignment: Assignment?
    private let http: HTTPClient
    private let fates: [String: Fate]
    private let turnstile: Turnstile?
    private let pins = Pins()

    init(_ run: LocalRun, ticket: Ticket, server: LocalNode, assignment: Assignment?, http: HTTPClient) {
        self.run = run
        self.ticket = ticket
        self.server = server
        self.assignment = assignment
        self.http = http
        let options = run.options
        fates = Dictionary(uniqueKeysWithValues: ticket.clients.map { ($0, Fate(of: $0, in: ticket, options)) })
        turnstile = options.isSimulation ? Self.turnstile(ticket, fates, run.clock) : nil
    }

    /// Who is late comes after all others, when training is over; who drops out isn't waited for.
    private static func turnstile(_ ticket: Ticket, _ fates: [String: Fate], _ clock: LocalClock) -> Turnstile {
        let arrivals = fates.filter { !$0.value.dropsOut }.mapValues { fate in
            fate.isLate(for: ticket) ? ticket.trainBy : ticket.issued + fate.delay
        }
        return Turnstile(arrivals, clock: clock)
    }

    /// Plays the round to its end. All clients are through when this returns.
    func play(
        on engine: EmbeddedEngine,
        key: String
    ) async -> (result: RoundResult, failures: [FederationReport.Failure]) {
        _ = server.desire(assignment, ticket)
        let order = RoundOrder(
            ticket: ticket,
            roundKey: key,
            options: run.federation.tree.flow.rounds.strategy.options,
            evaluate: { [run, ticket] model, seconds in
                let outcome = try await run.server.evaluate(model, ticket.context(seconds: seconds))
                return .init(examples: outcome.examples, metrics: outcome.metrics)
            },
            aggregate: { [run, ticket] input, seconds in
                try await run.server.aggregate(input, ticket.context(seconds: seconds))
            },
            check: { () throws(TicketRefusal) in try server.check(ticket) }
        )
        let clients = run.cast.clients.filter { fates[$0.node.name] != nil }
        return await withTaskGroup(of: FederationReport.Failure?.self) { group in
            for client in clients { group.addTask { await take(part: client, key) } }
            let result = await engine.conduct(order)
            var failures: [FederationReport.Failure] = []
            for await failure in group { if let failure { failures.append(failure) } }
            server.end(ticket)
            return (result, failures.sorted { $0.node < $1.node })
        }
    }

    private func take(part client: CastClient, _ key: String) async -> FederationReport.Failure? {
        let name = client.node.name
        guard client.node.desire(assignment, ticket) != nil, let fate = fates[name] else { return nil }
        defer {
            turnstile?.leave(name)
            client.node.end(ticket)
            // A client of a simulation may never be drawn again, and its newest model would stay.
            if run.options.isSimulation { try? FileManager.default.removeItem(at: client.scratch) }
        }
        let clock = run.clock
        let participant = RoundParticipant(
            httpClient: http,
            logger: run.federation.logger,
            now: { clock.now() },
            order: turnstile
        )
        let seat = ClientSeat(
            ticket: ticket,
            client: client.played,
            fate: fate,
            pool: run.pool,
            own: run.options.isSimulation ? nil : client.node.index,
            turnstile: turnstile,
            log: run.lines,
            pins: pins
        )
        do {
            try FileManager.default.createDirectory(at: client.scratch, withIntermediateDirectories: true)
            try await participant.take(
                part: ticket,
                key: TicketKeys.client(round: key, node: name),
                node: name,
                worker: seat,
                scratch: client.scratch,
                check: { () throws(TicketRefusal) in try client.node.check(ticket) }
            )
        } catch let failure as StageFailure {
            return fate.dropsOut || fate.isLate(for: ticket) ? nil : account(of: failure, name)
        } catch {
            guard !(error is CancellationError) else { return nil }
            return account(of: StageFailure(stage: "round", kind: .invalid, message: "\(error)"), name)
        }
        return nil
    }

    private func account(of failure: StageFailure, _ node: String) -> FederationReport.Failure? {
        guard failure.kind != .cancelled else { return nil }
        return FederationReport.Failure(
            node: node,
            round: ticket.round,
            stage: failure.stage,
            kind: failure.kind,
            message: failure.message,
            traceback: failure.traceback,
            log: run.lines.tail(of: node)
        )
    }
}
