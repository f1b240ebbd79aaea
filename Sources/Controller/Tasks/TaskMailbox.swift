import Core
import Logging
import Store
import Synchronization

/// The one place where a task's state changes: events go through it one by one, and each is in the database, with its
/// records, before anyone hears of what it changed.
final class TaskMailbox: Sendable {
    private enum Message: Sendable {
        case event(TaskEvent, completing: PendingEffect?, CheckedContinuation<TaskState, any Error>?)
        case stop(CheckedContinuation<Void, Never>)
    }

    let task: String
    private let committed: Mutex<TaskState>
    private let messages: AsyncStream<Message>
    private let inbox: AsyncStream<Message>.Continuation
    /// Whether a tick waits in the inbox already; a second one would say nothing more.
    private let ticking = Atomic(false)
    private let site: ControllerSite

    init(_ state: TaskState, _ site: ControllerSite) {
        task = state.task
        committed = Mutex(state)
        (messages, inbox) = AsyncStream.makeStream(of: Message.self)
        self.site = site
    }

    /// As of the last transaction.
    var state: TaskState { committed.withLock { $0 } }

    /// Applies `event` and returns the state after its transaction.
    ///
    /// - Parameter effect: A pending effect of the journal that the same transaction completes.
    @discardableResult
    func send(_ event: TaskEvent, completing effect: PendingEffect? = nil) async throws -> TaskState {
        try await withCheckedThrowingContinuation { continuation in
            if case .terminated = inbox.yield(.event(event, completing: effect, continuation)) {
                continuation.resume(throwing: RequestError.noTask(task))
            }
        }
    }

    /// Lets time pass for the task; nobody waits for it.
    func tick() {
        guard !ticking.exchange(true, ordering: .acquiringAndReleasing) else { return }
        inbox.yield(.event(.tick, completing: nil, nil))
    }

    /// Takes what is in the inbox, and then nothing more. Returns when the last transaction is over.
    func stop() async {
        await withCheckedContinuation { continuation in
            if case .terminated = inbox.yield(.stop(continuation)) { continuation.resume() }
        }
    }

    func run() async {
        await withDiscardingTaskGroup { group in
            var alarm: Instant?
            for await message in messages {
                switch message {
                case .stop(let stopped):
                    inbox.finish()
                    stopped.resume()
                case .event(let event, let effect, let sender):
                    if event == .tick { ticking.store(false, ordering: .releasing) }
                    take(event, completing: effect, sender)
                }
                let instant = site.now()
                if let due = alarm, due <= instant { alarm = nil }
                guard let due = state.nextDeadline(after: instant), due < alarm ?? instant + site.options.tick else {
                    continue
                }
                alarm = due
                group.addTask { [self] in
                    try? await Task.sleep(for: .seconds(due.seconds(since: instant)))
                    tick()
                }
            }
            inbox.finish()
            group.cancelAll()
        }
    }

    private func take(
        _ event: TaskEvent,
        completing effect: PendingEffect?,
        _ sender: CheckedContinuation<TaskState, any Error>?
    ) {
        let before = state
        var after = before
        let instant = site.now()
        let effects = after.apply(event, at: instant)
        let records = effects.compactMap { effect in if case .record(let record) = effect { record } else { nil } }
        do {
            if effect != nil || !records.isEmpty || after.differsDurably(from: before) {
                try site.store.save(after, records: records, completing: effect, at: instant)
            }
        } catch {
            // The state stays as it is on disk; whoever sent the event is told, and ticks come again by themselves.
            site.logger.error("a task's event was not stored", metadata: ["task": "\(task)", "error": "\(error)"])
            sender?.resume(throwing: error)
            return
        }
        committed.withLock { $0 = after }
        sender?.resume(returning: after)
        announce(records)
        for case .notify(let nodes) in effects {
            for node in nodes { site.signals.signal(.desired(node: node)) }
        }
    }

    private func announce(_ records: [Record]) {
        for record in records { RecordLog.write(record, task: task, to: site.logger) }
        if records.contains(where: { if case .event = $0 { true } else { false } }) { site.signals.signal(.events) }
    }
}
