import Artifacts
package import Core
package import Foundation
import Synchronization

/// Has the finished rounds of one task written to experiment trackers, each by a process of its own.
///
/// No round waits for a tracker, or fails by one: an account of it is put on disk, and whatever a tracker does then is told
/// in the log and tried again. What was told to a tracker twice, because a process was killed in between, is there once.
package final class TrackerDesk: Sendable {
    private struct State {
        var flow: Flow?
        var python: URL?
        var running: Set<String> = []
        var isHurried = false
        /// Processes that run.
        var sessions = 0
    }

    private let setup: TrackerSetup
    private let state: Mutex<State>
    private let changes = Broadcast()
    private let spools: AsyncStream<TrackerSpool>
    private let arrived: AsyncStream<TrackerSpool>.Continuation

    package init(_ setup: TrackerSetup) {
        self.setup = setup
        (spools, arrived) = AsyncStream.makeStream(of: TrackerSpool.self)
        let known = FileManager.default.contents(atPath: Self.flowFile(setup).path)
        state = Mutex(State(flow: known.flatMap { try? JSONDecoder().decode(Flow.self, from: $0) }))
        for spool in TrackerSpool.all(in: setup.folder) where !spool.pending().isEmpty { start(spool) }
    }

    private static func flowFile(_ setup: TrackerSetup) -> URL { setup.folder.appending(path: "flow.json") }

    /// The flow whose rounds come now, and its Python. Durable, since a round may end before its worker is up again.
    package func use(_ flow: Flow, python: URL?) {
        let isNews = state.withLock { state in
            defer { (state.flow, state.python) = (flow, python) }
            return state.flow != flow
        }
        changes.wake()
        guard isNews, !trackers.isEmpty else { return }
        do {
            try Durable.makeFolder(setup.folder)
            try Durable.write(JSONEncoder().encode(flow), to: Self.flowFile(setup), mode: 0o600)
        } catch {
            setup.log("trackers: the flow can't be written down: \(error)")
        }
    }

    private var trackers: [Flow.Tracker] {
        var all = state.withLock { $0.flow?.trackers } ?? []
        for tracker in setup.site where !all.contains(tracker) { all.append(tracker) }
        return all
    }

    /// Puts a round that counts where its trackers take it from. May be called again for the same round.
    ///
    /// - Parameter model: The file of its global model.
    package func record(_ ticket: Ticket, _ finished: FinishedRound, release: String?, model: URL?, at ended: Instant) {
        let trackers = trackers
        guard !trackers.isEmpty else { return }
        do {
            let account = RoundAccount(
                ticket,
                finished,
                flow: state.withLock { $0.flow },
                release: release,
                identity: try identity(),
                ended: ended
            )
            for tracker in trackers {
                let spool = try TrackerSpool(tracker, in: setup.folder)
                for epoch in try spool.add(account, model: model) {
                    setup.log("\(tracker.name.rawValue): the model of epoch \(epoch) is not uploaded: too many wait")
                }
                start(spool)
            }
        } catch {
            setup.log("round \(ticket.round) can't be kept for its trackers: \(error)")
        }
        changes.wake()
    }

    /// Tells this task from others of its name; as old as the folder.
    private func identity() throws -> String {
        let place = setup.folder.appending(path: "identity")
        if let data = FileManager.default.contents(atPath: place.path) { return String(decoding: data, as: UTF8.self) }
        let identity = String(UUID().uuidString.prefix(8).lowercased())
        try Durable.makeFolder(setup.folder)
        try Durable.write(Data(identity.utf8), to: place)
        return identity
    }

    private func start(_ spool: TrackerSpool) {
        let isNew = state.withLock { $0.running.insert(spool.root.path).inserted }
        if isNew { arrived.yield(spool) }
    }

    // MARK: - Running

    /// Until the task is cancelled; no process of a tracker is left then.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for await spool in spools { group.addTask { await self.serve(spool) } }
            group.cancelAll()
        }
    }

    /// Has everything finished that is open, and waits for it; the rounds that trackers don't have after so long.
    package func drain(within seconds: Double) async -> [(tracker: Flow.Tracker, rounds: Int)] {
        state.withLock { $0.isHurried = true }
        changes.wake()
        let folder = setup.folder
        _ = await changes.wait(upTo: seconds) { () -> Bool? in
            guard self.state.withLock({ $0.sessions }) == 0 else { return nil }
            return TrackerSpool.all(in: folder).allSatisfy { $0.pending().isEmpty } ? true : nil
        }
        return TrackerSpool.all(in: folder).map { ($0.tracker, $0.pending().count) }.filter { $0.1 > 0 }
    }

    private func serve(_ spool: TrackerSpool) async {
        let name = spool.tracker.name.rawValue
        var pause = 1.0
        var failed = false
        while !Task.isCancelled {
            let isThere: Bool? = await changes.wait(upTo: 3600) { spool.pending().isEmpty ? nil : true }
            guard isThere == true else { continue }
            let before = spool.pending()
            do {
                guard let python = await interpreter(of: spool.tracker) else { continue }
                state.withLock { $0.sessions += 1 }
                defer {
                    state.withLock { $0.sessions -= 1 }
                    changes.wake()
                }
                try await TrackerSession(
                    spool: spool,
                    setup: setup,
                    python: python,
                    changes: changes,
                    isHurried: { self.state.withLock { $0.isHurried } }
                ).run()
                if failed { setup.log("\(name) works again") }
                failed = false
                pause = 1
            } catch {
                guard !Task.isCancelled else { return }
                let now = spool.pending()
                // One that got on is tried again soon.
                if now.first != before.first { pause = 1 }
                failed = true
                setup.log("\(name): \(now.count) rounds wait, tried again in \(Int(pause)) s: \(error)")
                try? await Task.sleep(for: .seconds(pause))
                pause = min(pause * 2, 300)
            }
        }
    }

    /// Waits for the flow's worker where the tracker has no interpreter of its own.
    private func interpreter(of tracker: Flow.Tracker) async -> URL? {
        if let own = tracker.python { return URL(filePath: own) }
        return await changes.wait(upTo: 3600) { self.state.withLock { $0.python } }
    }
}
