import Artifacts
import Core
import Foundation
import Logging
import Synchronization

/// Carries one round between its desk and the SuperNodes of its clients, until the round is over or it is cancelled.
struct RoundCourier: Sendable {
    /// What became of one message.
    private enum Fate {
        case reply(head: [String: String], file: ModelFile?)
        case refused(String)
        /// The node has come back under another number, and knows nothing of the message.
        case replaced
    }

    /// Flower lets a message live for so many seconds beyond the round; then SuperLink itself forgets it.
    private static let afterlife = 30.0

    let engine: EmbeddedEngine
    let link: FlowerLink
    let desk: RoundDesk

    private let sent = Sent()

    init(engine: EmbeddedEngine, link: FlowerLink, desk: RoundDesk) {
        self.engine = engine
        self.link = link
        self.desk = desk
    }

    private var ticket: Ticket { desk.ticket }
    private var fleet: FlowerFleet { link.fleet }

    func carry() async {
        let line: FlowerLink.Line
        do {
            line = try await link.open(ticket, within: seconds(until: ticket.trainBy))
        } catch {
            if !Task.isCancelled { desk.fail("server node \(ticket.server): \(error)") }
            return
        }
        await withTaskGroup(of: Void.self) { group in
            for node in ticket.clients {
                group.addTask { await serve(node, line) }
            }
            group.addTask { await watch(line) }
            for await _ in group {}
        }
        // To be done although the round, and this task with it, is over.
        await Task { [link, sent, isFinished = desk.intake.phase == .finished] in
            if isFinished { await link.drop(sent.all, of: line) } else { await link.abandon() }
        }.value
    }

    /// Fails the round when SuperLink or the runner ends: a run of Flower's doesn't outlive them.
    private func watch(_ line: FlowerLink.Line) async {
        let isGone = await fleet.changes.wait(upTo: seconds(until: ticket.deadline)) {
            link.isCurrent(line) ? nil : true
        }
        if isGone == true { desk.fail("server node \(ticket.server): SuperLink ended in the middle of the round") }
    }

    // MARK: - One client

    private func serve(_ node: String, _ line: FlowerLink.Line) async {
        if ticket.base == nil, node == ticket.initializer {
            await repeating(node, line, "model", until: ticket.trainBy, model: nil) { _, file in
                guard let file else { throw EngineProblem.malformed("the first global model is missing") }
                try await UpdateRoutes(engine: engine).initialise(desk, with: file, of: node)
            }
        }
        guard
            case .success(let base)? = await desk.changes.wait(
                upTo: seconds(until: ticket.trainBy),
                for: { desk.base() }
            )
        else { return }
        await repeating(node, line, "train", until: ticket.trainBy, model: base) { head, file in
            try await count(head, file, of: node)
        }
        guard ticket.evaluators.includesClients else { return }
        let candidate = await desk.changes.wait(upTo: seconds(until: ticket.deadline)) { desk.candidate(for: node) }
        guard case .success(let candidate)? = candidate else { return }
        await repeating(node, line, "evaluate", until: ticket.deadline, model: candidate) { head, _ in
            try evaluate(head, of: node)
        }
    }

    /// Sends a node a stage's message, and again where the node has come back as another SuperNode, until a reply is
    /// taken. A node that refuses, or whose reply is refused, is lost to the round unless it comes back.
    private func repeating(
        _ node: String,
        _ line: FlowerLink.Line,
        _ stage: String,
        until end: Instant,
        model: ModelFile?,
        _ take: ([String: String], ModelFile?) async throws -> Void
    ) async {
        var last: UInt64?
        while !Task.isCancelled {
            let earlier = last
            let number = await fleet.changes.wait(upTo: seconds(until: end)) {
                fleet.number(of: node).flatMap { $0 == earlier ? nil : $0 }
            }
            guard let number else { return }
            last = number
            do {
                switch try await exchange(number, node, line, stage, model, until: end) {
                case .replaced, nil: continue
                case .refused(let why): try? desk.lose(node, why: why)
                case .reply(let head, let file):
                    defer { if let file { try? FileManager.default.removeItem(at: file.url) } }
                    try check(head, of: node)
                    try await take(head, file)
                    return
                }
            } catch {
                guard !Task.isCancelled else { return }
                engine.logger.warning(
                    "reply refused",
                    metadata: ["task": "\(ticket.task)", "node": "\(node)", "stage": "\(stage)", "reason": "\(error)"]
                )
                try? desk.lose(node, why: "\(stage): \(error)")
            }
        }
    }

    private func exchange(
        _ number: UInt64,
        _ node: String,
        _ line: FlowerLink.Line,
        _ stage: String,
        _ model: ModelFile?,
        until end: Instant
    ) async throws -> Fate? {
        let answer = try await fleet.sending {
            try await line.runner.ask(
                RunnerLine(
                    op: "send",
                    nodes: [String(number)],
                    type: stage,
                    head: MessageHead(ticket, model: model?.content).fields,
                    file: model?.url.path,
                    group: String(ticket.round),
                    ttl: seconds(until: ticket.deadline) + Self.afterlife
                )
            )
        }
        guard let message = answer.messages?[String(number)] else {
            throw EngineError("SuperLink took no message for node \(node)")
        }
        sent.add(message)
        let fate = await fleet.changes.wait(upTo: seconds(until: end)) { () -> Result<RunnerLine, EngineError>? in
            if let reply = link.reply(to: message) { return .success(reply) }
            if fleet.number(of: node) != number { return .failure(EngineError("another SuperNode")) }
            return nil
        }
        switch fate {
        case nil: return nil
        case .failure: return .replaced
        case .success(let reply):
            if let error = reply.error { return .refused(error) }
            guard let file = reply.file else { return .reply(head: reply.head ?? [:], file: nil) }
            let url = URL(filePath: file)
            let content = try await Blocking.run { try FileDigest(of: url) }
            return .reply(head: reply.head ?? [:], file: ModelFile(url: url, content: content))
        }
    }

    // MARK: - What comes back

    /// The key of the ticket makes a reply the node's own, whatever Flower let pass.
    private func check(_ head: [String: String], of node: String) throws {
        let key = TicketKeys.client(round: desk.key, node: node)
        guard let given = head[EngineHeaders.key], TicketKeys.equal(given, key) else {
            throw EngineProblem.unauthorized
        }
    }

    private func count(_ head: [String: String], _ file: ModelFile?, of node: String) async throws {
        let update = try UpdateHead { head[$0] }
        guard let file, file.content.digest == update.sha256 else {
            throw EngineProblem(400, .damaged, "what arrived is not the update that was announced")
        }
        let offer = RoundIntake.Offer(node: node, epoch: ticket.epoch, commit: update.commit, digest: update.artifact)
        guard try !desk.screen(offer, update.sha256, at: engine.now()) else { return }
        try desk.arrive(offer, at: engine.now())
        try await UpdateRoutes(engine: engine).add(file, of: offer, update, to: desk)
    }

    private func evaluate(_ head: [String: String], of node: String) throws {
        guard let text = head[EngineHeaders.report],
            let report = try? JSONDecoder().decode(EvaluationReport.self, from: Data(text.utf8)),
            report.isPossible
        else { throw EngineProblem.malformed("the evaluation of node \(node) can't be read") }
        let offer = RoundIntake.Offer(node: node, epoch: ticket.epoch, commit: report.commit, digest: report.digest)
        try desk.evaluate(offer, RoundIntake.Evaluation(examples: report.examples, metrics: report.metrics))
    }

    private func seconds(until end: Instant) -> Double { max(0, end.seconds(since: engine.now())) }
}

/// The messages of one round.
private final class Sent: Sendable {
    private let messages = Mutex<[String]>([])

    func add(_ message: String) { messages.withLock { $0.append(message) } }
    var all: [String] { messages.withLock { $0 } }
}
