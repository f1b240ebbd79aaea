import API
import Core
import Engines
import FlowRunner
import Foundation
import Logging
import Synchronization

/// One task on this node: feeds its ledger and does what that asks for.
///
/// The ledger, and the worker that was loaded from what the ledger calls active, stand behind one lock. An event is
/// applied to it, the new state is made durable, and only then do its effects come before the loop in `run`. The check
/// of a ticket takes the same lock as the end of an activation, so it sees the one or the other, never a mixture.
final class TaskAgent: Sendable {
    struct State {
        var record: TaskRecord
        /// Loaded from the active revision; `nil` before it has been started.
        var worker: FlowWorker?
        /// Runs beside the worker where the flow's engine is Flower.
        var flower: FlowerSide?
        /// Which attempt at keeping a worker alive may speak for this task; older ones have been replaced.
        var supervision = 0
        /// Starts of the worker after it ended by itself, since the manager's start.
        var restarts = 0
        /// The worker isn't there for a reason that is no fault of the revision.
        var isSettling = false
        /// A stage was cancelled since the last ticket was taken: the worker was killed for it, and not by a fault.
        var hasCancelled = false
        /// What keeps the preparation waiting.
        var trouble: String?
        var isStopped = false
    }

    /// What the loop in `run` does next.
    enum Job: Sendable {
        case ledger(LedgerEffect)
        /// Load the active revision's worker, and keep it alive.
        case supervise(Assignment, FlowWorker?, id: Int)
        case keepModel(ModelReference)
        case flower(FlowerSide)
    }

    let task: String
    let services: NodeServices
    let logger: Logger
    let state: Mutex<State>
    /// On server nodes.
    let trackers: TrackerDesk?
    let work = Mutex(Work())
    private let jobs: AsyncStream<Job>
    private let queue: AsyncStream<Job>.Continuation

    /// Takes up the task where the last manager left it.
    init(_ task: String, services: NodeServices) throws {
        self.task = task
        self.services = services
        var logger = services.logger
        logger[metadataKey: "task"] = "\(task)"
        self.logger = logger
        (jobs, queue) = AsyncStream.makeStream(of: Job.self)
        trackers = services.engine == nil ? nil : TrackerDesk(Self.trackers(of: task, services))
        let record = try TaskRecord.read(task, in: services.folder)
        state = Mutex(State(record: record ?? TaskRecord(task: task)))
        guard record != nil else { return }
        clearFlower()
        state.withLock { $0.isSettling = $0.record.ledger.active != nil }
        try apply(.restarted)
        let kept = snapshot
        if let key = kept.keys.models { services.engine?.grantModels(task: task, key: key) }
        if let active = kept.ledger.active { supervise(active, nil) }
    }

    var snapshot: TaskRecord { state.withLock { $0.record } }

    // MARK: - Events

    /// Takes one event into account. Its effects begin once the new state is durable; where that fails, it throws and
    /// nothing has happened.
    ///
    /// - Parameters:
    ///   - condition: Looked at under the lock; where it doesn't hold, the event is dropped and `false` returned.
    ///   - change: Made together with the event's.
    @discardableResult
    func apply(
        _ event: LedgerEvent,
        keys: TaskKeys? = nil,
        if condition: (State) -> Bool = { _ in true },
        then change: (inout State) -> Void = { _ in }
    ) throws -> Bool {
        let (applied, isNews) = try state.withLock { state in
            guard condition(state) else { return (false, false) }
            var record = state.record
            let effects = record.ledger.apply(event)
            if let keys { record.keys = keys }
            if case .activated(let assignment) = event { record.keep(assignment, most: services.options.keep) }
            if record != state.record { try record.write(to: services.folder) }
            state.record = record
            change(&state)
            for effect in effects where effect != .report { queue.yield(.ledger(effect)) }
            // Every report is answered with what is desired: were that always news, it would be reported for ever.
            if case .desired = event { return (true, effects.contains(.report)) }
            return (true, true)
        }
        dropStalePreparation()
        if isNews { services.report() }
        return applied
    }

    /// Applies an event that must not be lost: tries again until the disk takes it, or the manager ends.
    func settle(
        _ event: LedgerEvent,
        if condition: @Sendable (State) -> Bool = { _ in true },
        then change: @Sendable (inout State) -> Void = { _ in }
    ) async {
        var backoff = Backoff(first: 0.5, longest: 10)
        while true {
            do {
                try apply(event, if: condition, then: change)
                return
            } catch {
                logger.error("ledger can't be written", metadata: ["error": "\(error)"])
                guard (try? await Task.sleep(for: backoff.next())) != nil else { return }
            }
        }
    }

    /// What the controller wants of the task; `nil` where it is no task of this node any more.
    func desire(_ desired: DesiredTask?) {
        // Before the ticket of the round whose model may push this one off the shelf.
        if let desired { services.engine?.protect(task: task, desired.best) }
        do {
            try apply(.desired(desired?.assignment, desired?.ticket), keys: desired.map { TaskKeys($0) })
        } catch {
            // The next document, within a heartbeat, says it again.
            logger.error("ledger can't be written", metadata: ["error": "\(error)"])
        }
        if let key = desired?.modelsKey { services.engine?.grantModels(task: task, key: key) }
        if let model = desired?.model, let engine = services.engine, !engine.hasModel(task: task, model) {
            queue.yield(.keepModel(model))
        }
    }

    /// Whether nothing of the task is on this node any more.
    var isIdle: Bool {
        let ledger = snapshot.ledger
        return ledger.desired == nil && ledger.active == nil && ledger.inHand == nil && ledger.activating == nil
    }

    /// The node's half of the gate, asked right before each stage.
    func check(_ ticket: Ticket) throws(TicketRefusal) {
        let result = state.withLock { state in
            Result<Void, TicketRefusal> { () throws(TicketRefusal) in try state.record.ledger.check(ticket) }
        }
        try result.get()
    }

    // MARK: - Running

    /// Does what the ledger asks for until the task is cancelled; the worker is gone when this returns.
    func run() async {
        await withDiscardingTaskGroup { group in
            if let trackers { group.addTask { await trackers.run() } }
            for await job in jobs { start(job, in: &group) }
            group.cancelAll()
        }
        let worker = state.withLock { state in
            state.isStopped = true
            return state.worker
        }
        await worker?.stop()
    }

    /// Lets `run` return: the task is gone from this node.
    func close() { queue.finish() }

    func supervise(_ assignment: Assignment, _ worker: FlowWorker?) {
        let id = state.withLock { state in
            state.supervision += 1
            return state.supervision
        }
        queue.yield(.supervise(assignment, worker, id: id))
    }

    func queueFlower(_ side: FlowerSide) { queue.yield(.flower(side)) }

    func say(_ stage: String, _ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            services.logs.append(task: task, stage: stage, String(line))
        }
    }
}
