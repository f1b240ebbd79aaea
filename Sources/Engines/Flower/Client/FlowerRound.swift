import Artifacts
import Core
import FlowRunner
import Foundation
import Synchronization

/// A client's part in one round: the stages that Flower's messages ask for, done by the manager's warm worker, each
/// after the gate has been asked.
final class FlowerRound: Sendable {
    private struct Request {
        var stage: String
        var head: MessageHead
        var model: URL?
        var continuation: CheckedContinuation<RunnerLine, any Error>
    }

    private struct State {
        var waiting: [Int: Request] = [:]
        var next = 0
        var closed: String?
    }

    private static let maximumModelBytes = 16 << 30

    let ticket: Ticket
    private let session: RoundSession
    private let key: String
    private let node: String
    private let worker: FlowWorker
    private let folder: ParticipantFolder
    /// Where files lie that the runner is given; it removes them.
    private let outgoing: URL
    private let now: @Sendable () -> Instant
    private let check: @Sendable () throws(TicketRefusal) -> Void
    private let state = Mutex(State())
    private let requests: AsyncStream<Int>
    private let queue: AsyncStream<Int>.Continuation

    /// - Parameters:
    ///   - session: Of this node with the engine of the ticket's round, which tells when the round is over.
    ///   - outgoing: The folder for files that the runner is given.
    init(
        _ session: RoundSession,
        worker: FlowWorker,
        folder: ParticipantFolder,
        outgoing: URL,
        check: @escaping @Sendable () throws(TicketRefusal) -> Void
    ) {
        self.session = session
        ticket = session.ticket
        key = session.key
        node = session.node
        self.worker = worker
        self.folder = folder
        self.outgoing = outgoing
        now = session.now
        self.check = check
        (requests, queue) = AsyncStream.makeStream(of: Int.self)
    }

    /// Has a stage done in its turn, inside of `run`, and returns what goes back to the server node.
    func perform(_ stage: String, _ head: MessageHead, _ model: URL?) async throws -> RunnerLine {
        try await withCheckedThrowingContinuation { continuation in
            let closed = state.withLock { state in
                guard state.closed == nil else { return state.closed }
                state.next += 1
                state.waiting[state.next] = Request(stage: stage, head: head, model: model, continuation: continuation)
                queue.yield(state.next)
                return nil
            }
            if let closed { continuation.resume(throwing: EngineError(closed)) }
        }
    }

    /// Does stages as they are asked for, until the evaluation is done, one of them fails, or the round is over; a stage
    /// that is under way then is brought to its end.
    func run() async throws {
        defer { folder.removeRound() }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await number in self.requests {
                    if try await self.work(on: number) { return true }
                }
                try Task.checkCancellation()
                return true
            }
            group.addTask { [end = ticket.deadline] in
                do {
                    try await self.session.waitForRoundEnd(until: end)
                } catch {
                    try Task.checkCancellation()
                    // What can't be learned ends with the round's time.
                    try await Task.sleep(for: .seconds(max(0, end.seconds(since: self.now()))))
                }
                self.queue.finish()
                return false
            }
            defer { group.cancelAll() }
            while let isDone = try await group.next() {
                if isDone { return }
            }
        }
    }

    /// Whoever still waits for a stage is told that none will be done.
    func close(_ why: String) {
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            if state.closed == nil { state.closed = why }
            return Array(state.waiting.values)
        }
        queue.finish()
        for request in waiting { request.continuation.resume(throwing: EngineError(why)) }
    }

    /// Whether this node's part is done.
    private func work(on number: Int) async throws -> Bool {
        guard let request = state.withLock({ $0.waiting.removeValue(forKey: number) }) else { return false }
        do {
            let answer = try await answer(request.stage, request.head, request.model)
            request.continuation.resume(returning: answer)
            return request.stage == (ticket.evaluators.includesClients ? "evaluate" : "train")
        } catch {
            request.continuation.resume(throwing: error)
            throw error
        }
    }

    private func answer(_ stage: String, _ head: MessageHead, _ model: URL?) async throws -> RunnerLine {
        try match(head)
        switch stage {
        case "model":
            try check()
            try await worker.makeModel(to: folder.first, try context(until: ticket.trainBy))
            return try await line([:], folder.first)
        case "train":
            let base = try await verified(model, head, ticket.base?.digest)
            let control = try await session.control(for: worker, to: folder.control, limit: Self.maximumModelBytes)
            try check()
            let file = folder.update
            let context = try context(until: ticket.trainBy)
            let outcome = try await session.whileWanted { [worker] in
                try await worker.train(base: base, update: file, control: control, context)
            }
            try check()
            let content = try await Blocking.run { try FileDigest(of: file) }
            let update = UpdateHead(
                commit: ticket.commit,
                artifact: ticket.digest,
                sha256: content.digest,
                examples: outcome.examples,
                seconds: outcome.seconds,
                metrics: outcome.metrics,
                steps: outcome.steps
            )
            return try await line(
                Dictionary(update.fields().map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }),
                file
            )
        case "evaluate":
            let candidate = try await verified(model, head, nil)
            try check()
            let outcome = try await worker.evaluate(model: candidate, try context(until: ticket.deadline))
            let report = EvaluationReport(
                commit: ticket.commit,
                digest: ticket.digest,
                examples: outcome.examples,
                metrics: outcome.metrics
            )
            return try await line(
                [EngineHeaders.report: String(decoding: JSONEncoder().encode(report), as: UTF8.self)],
                nil
            )
        default: throw EngineError("node \(node) knows no stage \"\(stage)\"")
        }
    }

    /// - Throws: A refusal that names what the message is of and what this node's ticket is of.
    private func match(_ head: MessageHead) throws {
        guard head.task == ticket.task, head.epoch == ticket.epoch, head.commit == ticket.commit,
            head.digest == ticket.digest
        else {
            throw EngineError(
                "node \(node) refuses the message of task \(head.task), epoch \(head.epoch), commit \(head.commit), artifact "
                    + "\(head.digest): its ticket is of task \(ticket.task), epoch \(ticket.epoch), commit "
                    + "\(ticket.commit), artifact \(ticket.digest)"
            )
        }
    }

    /// The model's file, where it is what the message and the ticket say.
    private func verified(_ model: URL?, _ head: MessageHead, _ expected: ContentDigest?) async throws -> URL {
        guard let model else { throw EngineError("node \(node) got a message without a model") }
        let content = try await Blocking.run { try FileDigest(of: model) }
        let wanted = expected ?? head.model
        guard content.digest == wanted else {
            throw EngineError("the model has \(content.digest), wanted is \(wanted, default: "no digest")")
        }
        return model
    }

    /// The runner reads the file after this node's part may be done, and the round's folder with it gone: the file becomes the
    /// runner's own.
    private func line(_ fields: [String: String], _ file: URL?) async throws -> RunnerLine {
        var given: URL?
        if let file {
            let place = outgoing.appending(path: "out-\(UUID().uuidString)")
            try FileManager.default.moveItem(at: file, to: place)
            given = place
        }
        return RunnerLine(head: fields.merging([EngineHeaders.key: key]) { first, _ in first }, file: given?.path)
    }

    private func context(until end: Instant) throws -> StageContext {
        let seconds = end.seconds(since: now())
        guard seconds > 0 else { throw EngineError("the stage's time was over at \(end.iso8601)") }
        return ticket.context(seconds: seconds)
    }

    /// As it stands in a round's account: one line, of limited length.
    static func text(of error: any Error) -> String {
        switch error {
        case let failure as StageFailure: LossReport(stage: failure.stage, message: failure.message).line
        case is CancellationError: "round: the ticket was taken back"
        default: LossReport(stage: "round", message: "\(error)").line
        }
    }
}
