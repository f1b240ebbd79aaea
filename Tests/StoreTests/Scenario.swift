import Core
import Foundation
import Store

/// A task with one server node and two clients, taken through its life by real events, each stored as the controller
/// stores it.
struct Scenario {
    static let start = Instant(milliseconds: 1_760_000_000_000)

    let store: Store
    var task: TaskState
    var source: SourceState
    var now = Scenario.start
    private var sequence = 0

    static let nodes: [(name: String, role: NodeRole)] = [
        ("server", .server), ("site-1", .client), ("site-2", .client),
    ]

    /// A new task.
    init(_ store: Store, name: String = "digits") throws {
        self.store = store
        task = TaskState(task: name, lease: 15)
        source = SourceState(task: name, spec: SourceSpec(url: "https://git.example/digits.git"))
        try store.addTask(task, source, at: now)
        for (node, role) in Scenario.nodes { try apply(.nodeChanged(Member(node: node, role: role))) }
    }

    /// The task as the store has it, and what is to be done for it.
    init(resuming store: Store) throws {
        let stored = try store.loadTasks()[0]
        self.store = store
        task = stored.task
        source = stored.source
        now = Scenario.start + Double(stored.source.revisionCount + 1) * 1000
    }

    static func commit(_ number: Int) -> CommitHash {
        let digits = String(number, radix: 16)
        return CommitHash(String(repeating: "0", count: 40 - digits.count) + digits)!
    }

    static func digest(_ number: Int) -> ContentDigest {
        let digits = String(number, radix: 16)
        return ContentDigest(String(repeating: "0", count: 64 - digits.count) + digits)!
    }

    @discardableResult
    mutating func apply(_ event: TaskEvent, completing effect: PendingEffect? = nil) throws -> [TaskEffect] {
        now = now + 0.1
        var next = task
        let effects = next.apply(event, at: now)
        let records = effects.compactMap { if case .record(let record) = $0 { record } else { nil } }
        try store.save(next, records: records, completing: effect, at: now)
        task = next
        return effects
    }

    /// A poll that chose a new revision.
    @discardableResult
    mutating func choose(_ name: String? = nil) throws -> RevisionKey {
        now = now + 0.1
        source.revisionCount += 1
        let number = source.revisionCount
        let key = RevisionKey(number: number, name: name ?? "v1.\(number).0", commit: Scenario.commit(number))
        source.chosen = key
        try store.save(source, effects: [.build(key)], at: now)
        return key
    }

    static func built(_ key: RevisionKey) -> BuiltRevision {
        var policy = Policy()
        policy.participants.minimum = 2
        let release = Release(
            number: key.number,
            name: key.name,
            commit: key.commit,
            digest: digest(key.number),
            environment: digest(key.number + 1000),
            policy: policy
        )
        return BuiltRevision(release: release, files: 3, bytes: 4096)
    }

    /// Builds the newest revision and delivers it.
    @discardableResult
    mutating func release() throws -> Release {
        try choose()
        let pending = try store.pendingEffects().last!
        return try carryOut(pending)
    }

    /// Does what the effect says, from its beginning.
    @discardableResult
    mutating func carryOut(_ pending: PendingEffect) throws -> Release {
        guard let claimed = try store.claim(pending) else { throw StoreError.fenced("effect \(pending.id)") }
        switch claimed.kind {
        case .deliver(let release):
            try apply(.released(release), completing: claimed)
            return release
        case .build(let key):
            try store.updateRevision(claimed, state: .building, subject: "Train longer", author: "A. Author")
            try store.updateRevision(claimed, state: .testing)
            let delivery = try store.finishBuild(claimed, ready: Scenario.built(key), at: now)
            return try carryOut(delivery)
        }
    }

    /// All nodes say that they run `release`.
    mutating func reportReady(on release: Release) throws {
        for (node, _) in Scenario.nodes {
            sequence += 1
            try apply(
                .reported(
                    node: node,
                    order: ReportOrder(boot: 1, bootID: "b", sequence: sequence),
                    engineURL: "http://127.0.0.1:9443",
                    report: TaskReport(
                        task: task.task,
                        commit: release.commit,
                        digest: release.digest,
                        phase: .ready
                    )
                )
            )
        }
        try apply(.tick)
    }

    /// Ends the open round with a new global model.
    mutating func finishRound() throws {
        guard let ticket = task.round?.ticket else { return }
        let contributions = ticket.clients.map {
            Contribution(
                node: $0,
                commit: ticket.commit,
                examples: 100,
                update: Scenario.digest(7),
                seconds: 1.5,
                metrics: ["loss": 0.25]
            )
        }
        let finished = FinishedRound(
            model: Scenario.digest(5000 + ticket.epoch),
            bytes: 1024,
            contributions: contributions,
            evaluation: ["accuracy": 0.95]
        )
        try apply(
            .roundEnded(
                node: ticket.server,
                RoundResult(
                    epoch: ticket.epoch,
                    commit: ticket.commit,
                    digest: ticket.digest,
                    outcome: .finished(finished)
                )
            )
        )
    }
}
