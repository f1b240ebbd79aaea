import Core
import Store
import Synchronization

/// All tasks by name, each with the mailbox of its state and the poller of its source.
final class TaskRegistry: Sendable {
    struct Entry: Sendable {
        var mailbox: TaskMailbox
        var poller: SourcePoller

        func run() async {
            await withDiscardingTaskGroup { group in
                group.addTask { await mailbox.run() }
                group.addTask { await poller.run() }
            }
        }

        func stop() async {
            await poller.stop()
            await mailbox.stop()
        }
    }

    private let entries = Mutex<[String: Entry]>([:])
    private let (starts, starter) = AsyncStream.makeStream(of: Entry.self)
    private let polls: Permits
    private let site: ControllerSite

    init(_ site: ControllerSite) {
        self.site = site
        polls = Permits(site.options.polls)
    }

    /// Runs the tasks that are there and those that come, until it is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await entry in starts { group.addTask { await entry.run() } }
            group.cancelAll()
        }
    }

    @discardableResult
    func start(_ state: TaskState, _ source: SourceState, onBuild: @escaping @Sendable () -> Void) throws -> Entry {
        let entry = Entry(
            mailbox: TaskMailbox(state, site),
            poller: try SourcePoller(source, site, permits: polls, onBuild: onBuild)
        )
        entries.withLock { $0[state.task] = entry }
        starter.yield(entry)
        return entry
    }

    /// Takes the task out and waits until nothing of it is written any more.
    func stop(_ name: String) async throws {
        guard let entry = entries.withLock({ $0.removeValue(forKey: name) }) else { throw RequestError.noTask(name) }
        await entry.stop()
    }

    /// In the order of their names.
    var all: [Entry] { entries.withLock { $0.values.sorted { $0.mailbox.task < $1.mailbox.task } } }

    func has(_ name: String) -> Bool { entries.withLock { $0[name] != nil } }

    func entry(_ name: String) throws -> Entry {
        guard let entry = entries.withLock({ $0[name] }) else { throw RequestError.noTask(name) }
        return entry
    }

    /// Feeds one event to every task at the same time and waits for all of their transactions.
    func sendToAll(_ event: @escaping @Sendable (TaskState) -> TaskEvent) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for entry in all {
                group.addTask { [self] in
                    do {
                        try await entry.mailbox.send(event(entry.mailbox.state))
                    } catch {
                        // A task that was removed meanwhile has no more to hear.
                        if has(entry.mailbox.task) { throw error }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
