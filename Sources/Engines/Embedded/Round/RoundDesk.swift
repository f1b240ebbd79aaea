import Aggregation
import Core
import Foundation
import Synchronization

/// One round as the engine holds it: Core's account of it under one lock, the files and the sum beside it.
///
/// An update goes through `screen` before its body is read, `check` while it is read, `arrive` when all of it is on disk,
/// and `beginAdding` and `endAdding` around the addition to the sum. What would end training meanwhile waits for
/// `endAdding`, so that the sum and the account can't disagree.
final class RoundDesk: Sendable {
    struct State: Sendable {
        var intake: RoundIntake
        var base: ModelFile?
        var candidate: ModelFile?
        /// The strategy's state of the base, which clients of some strategies need.
        var control: ModelFile?
        var sum: RoundSum?
        /// When each update arrived that is yet to be added: it was in time, however long it waits for its turn.
        var arrived: [String: Instant] = [:]
        /// The node whose update is being added to the sum.
        var adding: String?
        /// Losses that were reported during an addition.
        var losses: [(node: String, why: String)] = []
        /// Why nothing is taken any more.
        var closed: String?
    }

    let ticket: Ticket
    let key: String
    let strategy: Strategy
    /// The node's own half of the gate.
    let confirm: @Sendable () throws(TicketRefusal) -> Void
    let folder: RoundFolder
    /// Additions to this round's sum, one at a time.
    let turn = Slots(1)
    let changes = Broadcast()
    let state: Mutex<State>

    init(_ order: RoundOrder, _ strategy: Strategy, folder: RoundFolder, closed: String? = nil) {
        ticket = order.ticket
        self.strategy = strategy
        key = order.roundKey
        confirm = order.check
        self.folder = folder
        state = Mutex(State(intake: RoundIntake(ticket: order.ticket), closed: closed))
    }

    /// Changes the state and wakes whoever waits for a change.
    func change<Value>(
        _ body: (inout sending State) throws(EngineProblem) -> sending Value
    ) throws(EngineProblem) -> sending Value {
        let value = try state.withLock(body)
        changes.wake()
        return value
    }

    // MARK: - The round's course

    /// The base model is there, be it from the task's shelf or from the ticket's initializer.
    func initialise(_ base: ModelFile, _ sum: RoundSum, control: ModelFile? = nil) throws(EngineProblem) {
        try change { state throws(EngineProblem) in
            if let closed = state.closed { throw .closed(closed) }
            guard state.base == nil else {
                throw EngineProblem(409, .refused, "the round has its first global model already")
            }
            state.base = base
            state.control = control
            state.sum = sum
            state.intake.initialised()
        }
    }

    func publish(_ candidate: ModelFile) {
        state.withLock { $0.candidate = candidate }
        changes.wake()
    }

    /// Takes what the server node itself has to say of the candidate.
    func judge(_ body: (inout RoundIntake) -> Void) {
        state.withLock { state in
            if state.closed == nil { body(&state.intake) }
        }
        changes.wake()
    }

    func fail(_ reason: String) {
        state.withLock { $0.intake.fail(reason) }
        changes.wake()
    }

    /// Ends the round for all who talk to it, and lets go of everything large.
    func close(_ why: String) {
        state.withLock { state in
            if state.closed == nil { state.closed = why }
            state.sum = nil
            state.base = nil
            state.candidate = nil
            state.control = nil
        }
        changes.wake()
    }

    /// Looks at the deadlines, unless an update that came in time is still to be added.
    func tick(at instant: Instant) {
        state.withLock { state in
            if state.arrived.isEmpty { state.intake.tick(at: instant) }
        }
    }

    /// The phase, as soon as it is none of `phases`; the last one before it was closed, where it is closed.
    func phase(outOf phases: Set<RoundIntake.Phase>) -> RoundIntake.Phase? {
        state.withLock { state in
            state.closed != nil || !phases.contains(state.intake.phase) ? state.intake.phase : nil
        }
    }

    /// The next deadline; absent while it has to wait for an update that came in time.
    var due: Instant? {
        state.withLock { state in
            guard state.arrived.isEmpty else { return nil }
            return state.intake.phase == .evaluating ? ticket.deadline : ticket.trainBy
        }
    }

    var intake: RoundIntake { state.withLock { $0.intake } }
    /// Whether updates are asked for again once they are counted.
    var keepsUpdates: Bool { ticket.contribution != nil || strategy == .external }
    var isClosed: Bool { state.withLock { $0.closed != nil } }
    var sum: RoundSum? { state.withLock { $0.sum } }

    var status: RoundStatus {
        state.withLock { state in
            RoundStatus(
                task: ticket.task,
                epoch: ticket.epoch,
                round: ticket.round,
                commit: ticket.commit,
                digest: ticket.digest,
                phase: state.intake.phase,
                counted: state.intake.counted.keys.sorted(),
                evaluated: state.intake.evaluations.keys.sorted(),
                lost: state.intake.lost,
                trainBy: ticket.trainBy,
                deadline: ticket.deadline,
                reason: state.intake.reason ?? state.closed
            )
        }
    }
}
