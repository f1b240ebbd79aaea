import Core
import Foundation

/// A controller, its managers and the network between them, driven by a seed: every step does one of the things that can
/// happen, and each thing that must never happen is written down as a violation.
struct SimulatedWorld {
    enum Message {
        case report(node: String, ReportOrder, TaskReport)
        case document(node: String, order: Int, Assignment?, Ticket?)
        case update(RoundIntake.Offer, madeBy: (commit: CommitHash, digest: ContentDigest)?)
        case evaluation(RoundIntake.Offer)
        case result(node: String, RoundResult)
        case answer(node: String, epoch: Int, ResultAnswer)
    }

    var random: SplitMix
    var state: TaskState
    var nodes: [String: SimulatedNode] = [:]
    var network: [Message] = []
    var now = Instant(milliseconds: 1_760_000_000_000)
    var releases: [Release] = []
    var documents = 0
    /// Which commit truly made the update of each node in each epoch.
    var makers: [String: (commit: CommitHash, digest: ContentDigest)] = [:]
    var models: [ModelRecord] = []
    var epochs: [Int] = []
    var violations: [String] = []
    var mutatedPolicy: OnNewRevision
    var minimum: Int
    /// Asks for more clients than a round needs.
    var needed: Int?
    var select: SelectRule.Name?
    var evaluate: EvaluationPlace
    /// Of how many updates each epoch's training was over.
    var enough: [Int: Int] = [:]

    init(seed: UInt64, clients: Int = 3) {
        random = SplitMix(seed: seed)
        mutatedPolicy = Bool.random(using: &random) ? .finish : .abort
        minimum = Int.random(in: 1...clients, using: &random)
        needed = minimum < clients && Bool.random(using: &random) ? minimum : nil
        select = needed == nil ? nil : SelectRule.Name.allCases.filter { $0 != .all }.randomElement(using: &random)
        evaluate = EvaluationPlace.allCases.randomElement(using: &random) ?? .clients
        state = TaskState(task: "digits", lease: 15)
        nodes["server"] = SimulatedNode("server", .server)
        for index in 1...clients { nodes["site-\(index)"] = SimulatedNode("site-\(index)", .client) }
        for node in nodes.values { apply(.nodeChanged(Member(node: node.name, role: node.role))) }
        apply(.runRequested(goal: 6, epochs: nil, base: .latest))
        release()
    }

    // MARK: - The controller

    mutating func apply(_ event: TaskEvent) {
        for effect in state.apply(event, at: now) {
            switch effect {
            case .record(.model(let model)): recorded(model)
            case .record(.round(let round)) where round.status == .running: opened(round.ticket)
            case .notify(let nodes): for node in nodes { sendDocument(to: node) }
            case .record: break
            }
        }
        let verdict = state.gate(at: now)
        if verdict.open == !verdict.reasons.isEmpty { violations.append("the gate is mute or open with reasons") }
    }

    /// What a controller knows after a restart: what the database holds, and that is all of the state but `heard`.
    mutating func restartController() {
        do {
            state = try JSONDecoder().decode(TaskState.self, from: JSONEncoder().encode(state))
        } catch {
            violations.append("the stored state can't be read: \(error)")
        }
    }

    private mutating func opened(_ ticket: Ticket) {
        if let last = epochs.last, ticket.epoch <= last {
            violations.append("epoch \(ticket.epoch) was issued after \(last)")
        }
        epochs.append(ticket.epoch)
        enough[ticket.epoch] = ticket.enough
    }

    private mutating func recorded(_ model: ModelRecord) {
        if model.version != models.count + 1 { violations.append("model v\(model.version) follows v\(models.count)") }
        models.append(model)
        let commits = Set(model.contributions.map { makers["\(model.epoch)|\($0.node)"]?.commit })
        if commits != [model.commit] {
            violations.append("model v\(model.version) of \(model.commit) mixes \(commits)")
        }
        if let enough = enough[model.epoch], model.contributions.count > enough {
            violations.append("model v\(model.version) has more updates than the \(enough) that end training")
        }
        if model.contributions.count < minimum { violations.append("model v\(model.version) has too few updates") }
    }

    mutating func sendDocument(to node: String) {
        documents += 1
        let member = state.members[node]
        let assigned = member?.assigned.flatMap { state.releases[$0] }
        let assignment = assigned.map {
            Assignment(commit: $0.commit, digest: $0.digest, name: $0.name, attempt: member?.attempt ?? 0)
        }
        network.append(.document(node: node, order: documents, assignment, state.ticket(for: node)))
    }

    mutating func release() {
        let number = releases.count + 1
        var policy = Policy()
        policy.onNewRevision = mutatedPolicy
        policy.participants.minimum = minimum
        policy.participants.wait = 20
        policy.participants.maximum = needed
        policy.participants.extra = needed.map { _ in .nodes(1) }
        policy.participants.select = select.map { SelectRule($0) }
        policy.rounds.evaluate = evaluate
        policy.rounds.best = BestRule(metric: "accuracy", mode: .maximize)
        policy.rollout.waves = [.nodes(1), .percent(50)]
        policy.rollout.hold = 1
        policy.rollout.health = 60
        policy.rounds.deadline = 60
        guard let commit = CommitHash(String(repeating: "0", count: 36) + hex(number)),
            let digest = ContentDigest(String(repeating: "0", count: 60) + hex(number))
        else { return violations.append("bad fixture") }
        let release = Release(
            number: number,
            name: "v\(number)",
            commit: commit,
            digest: digest,
            policy: policy
        )
        releases.append(release)
        apply(.released(release))
    }

    private func hex(_ number: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 4 - text.count) + text
    }
}

/// A small generator with a seed (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
