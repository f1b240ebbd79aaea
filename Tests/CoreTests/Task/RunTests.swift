import Core
import Testing

/// Runs, rounds and global models.
@Suite struct RunTests {
    private func world(_ change: (inout Policy) -> Void = { _ in }) -> World {
        var world = World()
        world.obey()
        world.send(.released(.sample(1, change)))
        world.settle()
        world.send(.runRequested(goal: 3, epochs: 2, base: .latest))
        return world
    }

    @Test("rounds follow one another to the goal, each model the parent of the next")
    func completes() throws {
        var world = world()
        for round in 1...3 {
            let ticket = try #require(world.state.round?.ticket)
            #expect(ticket.round == round)
            #expect(ticket.epochs == 2)
            #expect(ticket.version == round)
            #expect(ticket.base?.version == (round == 1 ? nil : round - 1))
            #expect((ticket.initializer == nil) == (round > 1))
            #expect(try world.finishRound(model: "\(round)e") == .promoted(version: round))
        }
        #expect(world.state.run?.status == .completed)
        #expect(world.state.round == nil)
        #expect(world.state.model == ModelReference(version: 3, digest: .sample("3e")))
    }

    @Test("rounds are spaced out by the flow's interval")
    func interval() throws {
        var world = world { $0.rounds.interval = 60 }
        _ = try world.finishRound()
        #expect(world.state.round == nil)
        world.settle(seconds: 4)
        #expect(world.state.round == nil)
        world.settle(seconds: 1)
        #expect(world.state.round?.ticket.round == 2)
        let opened = world.rounds(.running).map(\.ticket.issued)
        #expect(opened.count == 2 && opened[1].seconds(since: opened[0]) >= 60)
    }

    @Test("a controller that was restored counts on from what nodes have seen")
    func restored() throws {
        var world = World()
        world.obey()
        world.send(.released(.sample(1)))
        world.settle()
        world.report("server", .sample(1), fence: 41, newestModel: 12)
        world.report("site-1", .sample(1), fence: 43)
        world.report("site-2", .sample(1), fence: .max, newestModel: .max)
        world.send(.runRequested(goal: 3, epochs: nil, base: .latest))
        let ticket = try #require(world.state.round?.ticket)
        #expect(ticket.epoch == 43)
        #expect(ticket.version == 13)
    }

    @Test("in ordinary rounds epochs rise by one, though nodes report their fences")
    func fences() throws {
        var world = world()
        for epoch in 1...3 {
            #expect(world.state.round?.ticket.epoch == epoch)
            _ = try world.finishRound()
            world.report("site-1", .sample(1), fence: epoch + 1)
            world.settle()
        }
    }

    @Test("what happens to rollouts, runs and nodes is told in order")
    func events() throws {
        var world = world()
        for _ in 1...3 { _ = try world.finishRound() }
        world.send(.nodeChanged(Member(node: "site-1", role: .client, draining: true)))
        world.send(.nodeRemoved("site-2"))
        let short = CommitHash.sample(1).short
        #expect(
            world.effects.compactMap { effect in
                if case .record(.event(let event)) = effect {
                    (event.node.map { "\($0): " } ?? "") + event.message
                } else {
                    nil
                }
            } == [
                "server: it joined as server", "site-1: it joined as client", "site-2: it joined as client",
                "site-3: it joined as client", "rollout 1 to v1 (\(short)) began",
                "rollout 1 to v1 (\(short)) is completed",
                "run 1 is started, for 3 rounds", "run 1 is completed, 3 of 3 rounds done",
                "site-1: it is drained: an operator took it out of rounds", "site-2: it was removed",
            ]
        )
    }

    @Test("a result that mixes commits never becomes a model")
    func mixed() throws {
        var world = world()
        #expect(try world.finishRound(commit: .sample(9)) == .fenced)
        #expect(world.state.model == nil)
        #expect(world.rounds(.failed).first?.reason?.contains(CommitHash.sample(9).text) == true)
    }

    @Test("a result with a stranger, a node twice or too few fails the round")
    func flaws() throws {
        for (clients, reason) in [
            (["site-1", "site-2", "nobody"], "which the ticket doesn't name"),
            (["site-1", "site-1"], "counts a node twice"),
            (["site-1"], "participants.minimum is 2"),
        ] {
            var world = world { $0.participants.minimum = 2 }
            _ = try world.finishRound(by: clients)
            #expect(world.state.model == nil)
            #expect(world.rounds(.failed).first?.reason?.contains(reason) == true)
        }
    }

    @Test("a result of an older ticket, or from another node, is fenced off")
    func fenced() throws {
        var world = world()
        let ticket = try #require(world.state.round?.ticket)
        let result = RoundResult(
            epoch: ticket.epoch,
            commit: ticket.commit,
            digest: ticket.digest,
            outcome: .failed(reason: "x")
        )
        world.send(.roundEnded(node: "site-1", result))
        #expect(world.state.round?.ticket == ticket)
        var old = result
        old.epoch -= 1
        world.send(.roundEnded(node: "server", old))
        #expect(world.state.round?.ticket == ticket)
        #expect(world.state.answer(to: old) == .fenced)
    }

    @Test("the answer to a result that is reported again is the same")
    func repeated() throws {
        var world = world()
        let ticket = try #require(world.state.round?.ticket)
        _ = try world.finishRound()
        let again = RoundResult(
            epoch: ticket.epoch,
            commit: ticket.commit,
            digest: ticket.digest,
            outcome: .finished(FinishedRound(model: .sample("e"), bytes: 8, contributions: []))
        )
        world.send(.roundEnded(node: "server", again))
        #expect(world.state.answer(to: again) == .promoted(version: 1))
        #expect(world.state.modelCount == 1)
    }

    @Test("a failed round keeps the model, and is tried again after a pause that grows")
    func retries() throws {
        var world = world()
        _ = try world.finishRound()
        for failure in 1...3 {
            let epoch = try #require(world.state.round?.ticket.epoch)
            let result = RoundResult(
                epoch: epoch,
                commit: .sample(1),
                digest: .sample("1"),
                outcome: .failed(reason: "nobody answered")
            )
            world.send(.roundEnded(node: "server", result))
            #expect(world.state.model?.version == 1)
            #expect(world.state.round == nil)
            let pause = Run.backoff(afterFailures: failure)
            world.send(.tick, after: pause - 0.5)
            world.obey()
            #expect(world.state.round == nil)
            world.send(.tick, after: 1)
            #expect(world.state.round?.ticket.round == 2)
            #expect((world.state.round?.ticket.epoch ?? 0) > epoch)
        }
        #expect([1, 2, 3, 8, 9, 50].map { Run.backoff(afterFailures: $0) } == [2, 4, 8, 256, 300, 300])
    }

    @Test("a run fails when its round fails more often than the flow says")
    func exhausted() throws {
        var world = world { $0.rounds.retries = 1 }
        for _ in 0..<2 {
            let epoch = try #require(world.state.round?.ticket.epoch)
            world.send(
                .roundEnded(
                    node: "server",
                    RoundResult(epoch: epoch, commit: .sample(1), digest: .sample("1"), outcome: .failed(reason: "x"))
                )
            )
            world.send(.tick, after: 5)
            world.obey()
        }
        #expect(world.state.run?.status == .failed)
        #expect(world.state.run?.reason == "round 1: x")
    }

    @Test("a round whose server node says nothing by its deadline fails")
    func overdue() {
        var world = world()
        world.send(.tick, after: 100 + TaskState.resultGrace)
        #expect(world.state.round != nil)
        world.send(.tick, after: 1)
        #expect(world.state.round == nil)
        #expect(world.rounds(.failed).first?.reason == "node server reported no result by the deadline")
    }

    @Test("a run that is stopped takes its ticket back")
    func stopped() {
        var world = world()
        #expect(world.state.ticket(for: "site-1") != nil)
        world.send(.runStopped(reason: "by an operator"))
        #expect(world.state.ticket(for: "site-1") == nil)
        #expect(world.state.run?.status == .stopped)
        #expect(world.rounds(.aborted).count == 1)
    }

    @Test("on another revision a new run goes on where the old one stopped")
    func continues() throws {
        var world = world()
        _ = try world.finishRound()
        world.send(.released(.sample(2)))
        _ = try world.finishRound(model: "2e")
        world.settle()
        let run = try #require(world.state.run)
        #expect(run.number == 2)
        #expect(run.continues == 1)
        #expect(run.done == 2)
        #expect(world.state.round?.ticket.base?.version == 2)
        #expect(world.state.round?.ticket.commit == .sample(2))
        #expect(try world.finishRound(model: "3e") == .promoted(version: 3))
        #expect(world.state.run?.status == .completed)
    }

    @Test("a run may start from an earlier model, or from a new one")
    func bases() throws {
        var world = world()
        for round in 1...3 { _ = try world.finishRound(model: "\(round)e") }
        world.send(.runRequested(goal: 1, epochs: nil, base: .model(ModelReference(version: 1, digest: .sample("1e")))))
        #expect(world.state.round?.ticket.base?.version == 1)
        _ = try world.finishRound(model: "4e")
        world.send(.runRequested(goal: 1, epochs: nil, base: .scratch))
        #expect(world.state.round?.ticket.base == nil)
        #expect(world.state.round?.ticket.version == 5)
    }

    @Test("another client makes the first model when the one before could not")
    func initializer() throws {
        var world = world()
        var makers: Set<String> = []
        for _ in 0..<3 {
            let ticket = try #require(world.state.round?.ticket)
            makers.insert(ticket.initializer ?? "")
            world.send(
                .roundEnded(
                    node: "server",
                    RoundResult(
                        epoch: ticket.epoch,
                        commit: ticket.commit,
                        digest: ticket.digest,
                        outcome: .failed(reason: "no first model")
                    )
                )
            )
            world.send(.tick, after: 10)
            world.obey()
        }
        #expect(makers == ["site-1", "site-2", "site-3"])
    }

    @Test("the removal of the server node ends its round")
    func serverRemoved() {
        var world = world()
        world.send(.nodeRemoved("server"))
        #expect(world.rounds(.failed).first?.reason == "node server was removed")
        #expect(!world.gate.open)
    }

    @Test("heartbeats that say nothing new need no storing; all else does")
    func durable() {
        var world = world()
        let before = world.state
        world.obey()
        #expect(!world.state.differsDurably(from: before))
        world.report("site-1", Release.sample(9))
        #expect(world.state.differsDurably(from: before))
    }
}
