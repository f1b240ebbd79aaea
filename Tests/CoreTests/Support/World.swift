import Core
import Testing

/// A task with a server node and clients, driven event by event at times that the test says.
struct World {
    var state = TaskState(task: "digits", lease: 15)
    var now = Instant(milliseconds: 1_760_000_000_000)
    var sequence = 0
    var effects: [TaskEffect] = []

    init(clients: Int = 3) {
        send(.nodeChanged(Member(node: "server", role: .server)))
        for index in 1...max(clients, 1) { send(.nodeChanged(Member(node: "site-\(index)", role: .client))) }
    }

    var nodes: [String] { state.members.keys.sorted() }
    var gate: GateVerdict { state.gate(at: now) }

    @discardableResult
    mutating func send(_ event: TaskEvent, after seconds: Double = 0) -> [TaskEffect] {
        now = now + seconds
        let new = state.apply(event, at: now)
        effects += new
        return new
    }

    /// A report that says `commit` and `digest` of `release`, unless told otherwise.
    mutating func report(
        _ node: String,
        _ release: Release?,
        phase: NodePhase = .ready,
        digest: ContentDigest? = nil,
        attempting: Release? = nil,
        message: String? = nil,
        attempt: Int? = nil,
        fence: Int? = nil,
        newestModel: Int? = nil
    ) {
        sequence += 1
        var report = TaskReport(
            task: "digits",
            commit: release?.commit,
            digest: digest ?? release?.digest,
            phase: phase,
            attempting: attempting?.commit,
            message: message
        )
        report.attempt = attempt ?? state.members[node]?.attempt
        report.fence = fence
        report.newestModel = newestModel
        send(
            .reported(
                node: node,
                order: ReportOrder(boot: 1, bootID: "a", sequence: sequence),
                engineURL: node == "server" ? "http://server" : nil,
                report: report
            )
        )
    }

    /// Every node says that it is well on what it was assigned.
    mutating func obey(except left: Set<String> = []) {
        for node in nodes where !left.contains(node) {
            let release = state.members[node]?.assigned.flatMap { state.releases[$0] }
            report(node, release, phase: release == nil ? .idle : .ready)
        }
    }

    /// Lets the nodes that aren't away do as they are told until nothing changes any more.
    mutating func settle(except left: Set<String> = [], seconds: Double = 0) {
        for _ in 0..<12 {
            obey(except: left)
            send(.tick, after: seconds)
        }
        obey(except: left)
    }

    /// The nodes that should be on `release`.
    func assigned(to release: Release) -> [String] {
        nodes.filter { state.members[$0]?.assigned == release.number }
    }

    /// What the engine says of the open round, where every client named delivered.
    mutating func finishRound(
        by clients: [String]? = nil,
        commit: CommitHash? = nil,
        model: String = "e",
        evaluation: [String: Double] = [:],
        server: [String: Double]? = nil,
        change: (inout FinishedRound) -> Void = { _ in }
    ) throws -> ResultAnswer {
        let ticket = try #require(state.round?.ticket)
        let contributions = (clients ?? ticket.clients).map { node in
            Contribution(
                node: node,
                commit: commit ?? ticket.commit,
                examples: 10,
                update: .sample("d"),
                seconds: 1,
                metrics: [:]
            )
        }
        var finished = FinishedRound(
            model: .sample(model),
            bytes: 8,
            contributions: contributions,
            evaluation: evaluation
        )
        finished.serverEvaluation = server
        change(&finished)
        let result = RoundResult(
            epoch: ticket.epoch,
            commit: ticket.commit,
            digest: ticket.digest,
            outcome: .finished(finished)
        )
        send(.roundEnded(node: "server", result))
        return state.answer(to: result)
    }

    func rounds(_ status: RoundRecord.Status) -> [RoundRecord] {
        effects.compactMap { if case .record(.round(let round)) = $0, round.status == status { round } else { nil } }
    }

    /// The phases that rollouts went through, in order.
    var phases: [String] {
        effects.compactMap {
            if case .record(.rollout(let rollout)) = $0 { "\(rollout.number):\(rollout.phase)" } else { nil }
        }
    }
}

extension Release {
    /// Revision `v<number>`, whose commit and digest end in that number.
    static func sample(_ number: Int, _ change: (inout Policy) -> Void = { _ in }) -> Release {
        var policy = Policy()
        policy.participants.wait = 20
        policy.rounds.count = 3
        policy.rounds.deadline = 100
        policy.rollout.health = 60
        change(&policy)
        return Release(
            number: number,
            name: "v\(number)",
            commit: .sample(number),
            digest: .sample(String(number)),
            policy: policy
        )
    }
}

extension CommitHash {
    static func sample(_ number: Int) -> CommitHash {
        let text = String(number)
        return CommitHash(String(repeating: "0", count: 40 - text.count) + text) ?? sample(0)
    }
}

extension ContentDigest {
    /// The digest that ends in these hexadecimal digits.
    static func sample(_ end: String) -> ContentDigest {
        ContentDigest(String(repeating: "0", count: 64 - end.count) + end) ?? ContentDigest(bytes: [])
    }
}
