import Foundation
import Testing

@testable import Core

/// Which clients a round asks.
@Suite struct SelectionTests {
    private static let nodes = (0..<20).map { "site-\($0 < 10 ? "0" : "")\($0)" }

    private func policy(_ change: (inout ParticipantsPolicy) -> Void) -> ParticipantsPolicy {
        var policy = ParticipantsPolicy()
        change(&policy)
        return policy
    }

    private func choose(
        _ policy: ParticipantsPolicy,
        from nodes: [String] = SelectionTests.nodes,
        epoch: Int = 1,
        done: Int = 0,
        _ histories: [String: ClientHistory] = [:]
    ) -> ClientSelection {
        policy.choose(from: nodes, task: "digits", epoch: epoch, done: done, histories: histories)
    }

    /// One entry for each of the nodes, numbered from 0.
    private func histories(_ entry: (Int) -> ClientHistory.Entry) -> [String: ClientHistory] {
        Dictionary(
            uniqueKeysWithValues: Self.nodes.enumerated().map { index, node in
                var history = ClientHistory()
                history.add(entry(index))
                return (node, history)
            }
        )
    }

    @Test(
        "how many are asked, and how many of them are needed",
        arguments: [
            (maximum: nil, sample: nil, extra: nil, minimum: 1, ready: 7, asked: 7, enough: nil),
            (maximum: 5, sample: nil, extra: nil, minimum: 1, ready: 7, asked: 5, enough: nil),
            (maximum: 5, sample: nil, extra: .nodes(1), minimum: 1, ready: 7, asked: 6, enough: 5),
            (maximum: 5, sample: nil, extra: .percent(50), minimum: 1, ready: 20, asked: 8, enough: 5),
            // So few are ready that all are needed.
            (maximum: 5, sample: nil, extra: .nodes(2), minimum: 1, ready: 5, asked: 5, enough: nil),
            (maximum: 5, sample: nil, extra: .nodes(2), minimum: 1, ready: 6, asked: 6, enough: 5),
            (maximum: nil, sample: 0.1, extra: nil, minimum: 1, ready: 20, asked: 2, enough: nil),
            (maximum: nil, sample: 0.29, extra: nil, minimum: 1, ready: 100, asked: 29, enough: nil),
            (maximum: nil, sample: 0.1, extra: nil, minimum: 3, ready: 20, asked: 3, enough: nil),
            (maximum: nil, sample: 0.01, extra: nil, minimum: 1, ready: 3, asked: 1, enough: nil),
            (maximum: 4, sample: 0.5, extra: .nodes(1), minimum: 1, ready: 20, asked: 5, enough: 4),
        ] as [(maximum: Int?, sample: Double?, extra: Wave?, minimum: Int, ready: Int, asked: Int, enough: Int?)]
    )
    func sizes(
        row: (maximum: Int?, sample: Double?, extra: Wave?, minimum: Int, ready: Int, asked: Int, enough: Int?)
    ) {
        let policy = policy {
            $0.maximum = row.maximum
            $0.sample = row.sample
            $0.extra = row.extra
            $0.minimum = row.minimum
        }
        let choice = choose(policy, from: (0..<row.ready).map { "node-\($0)" })
        #expect(choice.clients.count == row.asked)
        #expect(choice.enough == row.enough)
        #expect(choice.clients == choice.clients.sorted() && Set(choice.clients).count == row.asked)
    }

    @Test("a sample is the same for the same epoch, and over epochs everybody comes")
    func random() {
        let policy = policy { $0.sample = 0.25 }
        #expect(choose(policy) == choose(policy))
        var counts: [String: Int] = [:]
        for epoch in 1...400 {
            for node in choose(policy, epoch: epoch).clients { counts[node, default: 0] += 1 }
        }
        // 400 rounds of 5 in 20: each is expected 100 times, with a standard deviation below 9.
        #expect(counts.count == 20)
        #expect(counts.values.allSatisfy { (60...140).contains($0) }, "\(counts)")
    }

    @Test("clients take turns where only the maximum is said")
    func rotation() {
        let policy = policy { $0.maximum = 8 }
        let turns = (0..<5).map { choose(policy, done: $0).clients }
        #expect(turns[0] == Array(Self.nodes[0..<8]))
        #expect(turns[1] == Array(Self.nodes[8..<16]))
        #expect(turns[2] == (Self.nodes[16..<20] + Self.nodes[0..<4]).sorted())
        #expect(Set(turns.joined()) == Set(Self.nodes))
    }

    @Test(
        "ranked rules take the first by what clients did",
        arguments: [
            (.fastest, nil, nil, 0..<3), (.largest, nil, nil, 17..<20), (.contribution, nil, nil, 17..<20),
            (.metric, "loss", .highest, 17..<20), (.metric, "loss", .lowest, 0..<3), (.available, nil, nil, 10..<20),
        ] as [(SelectRule.Name, String?, SelectRule.Preference?, Range<Int>)]
    )
    func ranked(name: SelectRule.Name, metric: String?, prefer: SelectRule.Preference?, wanted: Range<Int>) {
        var rule = SelectRule(name)
        rule.metric = metric
        rule.prefer = prefer
        rule.explore = 0
        let policy = policy {
            $0.maximum = wanted.count
            $0.select = rule
        }
        let known = histories { index in
            .init(
                epoch: 1,
                answered: index >= 10,
                seconds: Double(index),
                examples: index,
                metrics: ["loss": Double(index)],
                contribution: Double(index)
            )
        }
        for epoch in 1...5 {
            #expect(choose(policy, epoch: epoch, known).clients == Array(Self.nodes[wanted]))
        }
    }

    @Test("who was never asked comes first, and who never answered last")
    func unknown() {
        var rule = SelectRule(.fastest)
        rule.explore = 0
        let policy = policy {
            $0.maximum = 15
            $0.select = rule
        }
        var known = histories { .init(epoch: 1, answered: $0 >= 5, seconds: $0 >= 5 ? 1 : nil) }
        for node in Self.nodes[18...] { known[node] = nil }
        #expect(choose(policy, known).clients == Array(Self.nodes[5...]))
    }

    @Test("a share of the places goes to clients that the rule wouldn't choose")
    func exploring() {
        let policy = policy {
            $0.maximum = 5
            $0.select = SelectRule(.fastest)
        }
        let known = histories { .init(epoch: 1, answered: true, seconds: Double($0)) }
        let others = (1...1000).map { epoch in
            choose(policy, epoch: epoch, known).clients.count { !Self.nodes[..<5].contains($0) }
        }
        // A tenth of 5 places: none or one, and half of the time one, which is as good as never among the first five.
        #expect(others.allSatisfy { $0 <= 1 })
        #expect((400...540).contains(others.reduce(0, +)))
    }

    @Test("each cluster of clients sends its share")
    func clusters() {
        var rule = SelectRule(.cluster)
        rule.features = ["seconds"]
        let policy = policy {
            $0.maximum = 4
            $0.select = rule
        }
        // 12 fast clients, 6 slow ones, one like no other, and one that nothing is known of.
        var known = histories { index in
            .init(epoch: 1, answered: true, seconds: index < 12 ? 1 + Double(index) / 100 : index < 18 ? 50 : 200)
        }
        known[Self.nodes[19]] = nil
        for epoch in 1...20 {
            let chosen = choose(policy, epoch: epoch, known).clients.compactMap { Self.nodes.firstIndex(of: $0) }
            #expect(chosen.count { $0 < 12 } == 1)
            #expect(chosen.count { (12..<18).contains($0) } == 1)
            #expect(chosen.suffix(2) == [18, 19])
        }
    }

    private func world(_ change: (inout Policy) -> Void) -> World {
        var world = World(clients: 4)
        world.obey()
        world.send(.released(.sample(1, change)))
        world.settle()
        world.send(.runRequested(goal: 50, epochs: nil, base: .latest))
        return world
    }

    @Test("the state remembers what clients did, no more than it needs, and over a restart")
    func memory() throws {
        var rule = SelectRule(.metric)
        rule.metric = "loss"
        var world = world {
            $0.participants.maximum = 2
            $0.participants.select = rule
        }
        for round in 0..<30 {
            world.obey()
            _ = try world.finishRound(model: "a\(round)") { finished in
                for index in finished.contributions.indices {
                    finished.contributions[index].evaluation = ["loss": 1, "accuracy": 0.5]
                }
            }
        }
        let histories = try #require(world.state.histories)
        #expect(Set(histories.keys) == ["site-1", "site-2", "site-3", "site-4"])
        let entries = histories.values.flatMap(\.entries)
        #expect(entries.allSatisfy { $0.metrics == ["loss": 1] && $0.examples == 10 })
        #expect(histories.values.allSatisfy { $0.entries.count <= ClientHistory.length })
        let restored = try JSONDecoder().decode(TaskState.self, from: JSONEncoder().encode(world.state))
        #expect(restored.histories == world.state.histories)
        world.send(.nodeRemoved("site-1"))
        #expect(world.state.histories?["site-1"] == nil)
    }

    @Test("without a rule that looks back nothing is remembered")
    func forgetful() throws {
        var world = world { $0.participants.maximum = 2 }
        _ = try world.finishRound()
        #expect(world.state.histories == nil)
    }

    @Test("a client that isn't needed loses nothing, and one that fails the round does")
    func missing() throws {
        var world = world {
            $0.participants.maximum = 2
            $0.participants.extra = .nodes(1)
            $0.participants.select = SelectRule(.available)
        }
        let first = try #require(world.state.round?.ticket)
        #expect(first.clients.count == 3 && first.enough == 2)
        _ = try world.finishRound(by: Array(first.clients[..<2])) { finished in
            finished.missing = [MissingUpdate(node: first.clients[2], why: "not needed", surplus: true)]
        }
        #expect(world.state.histories?[first.clients[2]] == nil)
        world.obey()
        let second = try #require(world.state.round?.ticket)
        var result = RoundResult(
            epoch: second.epoch,
            commit: second.commit,
            digest: second.digest,
            outcome: .failed(reason: "too few")
        )
        result.missing = [MissingUpdate(node: second.clients[0], why: "no update")]
        world.send(.roundEnded(node: "server", result))
        #expect(world.state.histories?[second.clients[0]]?.entries.last?.answered == false)
    }

    @Test("a gate that asks for more clients than are needed doesn't wait for one that is away")
    func gate() throws {
        for (extra, isOpen) in [(Wave?.none, false), (.nodes(1), true)] {
            var world = World(clients: 4)
            world.obey()
            world.send(
                .released(
                    .sample(1) {
                        $0.participants.maximum = 2
                        $0.participants.extra = extra
                    }
                )
            )
            world.settle()
            world.report("site-4", .sample(9))
            #expect(world.gate.open == isOpen)
            guard isOpen else { continue }
            #expect(world.gate.clients.count == 3 && world.gate.enough == 2)
            #expect(world.gate.excluded.map(\.node) == ["site-4"])
            world.report("site-3", .sample(9))
            #expect(world.gate.open && world.gate.clients.count == 2 && world.gate.enough == nil)
            world.report("site-2", .sample(9))
            #expect(!world.gate.open)
        }
    }
}
