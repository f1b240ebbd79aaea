import Core
import Testing

/// How revisions go from node to node.
@Suite struct RolloutTests {
    /// Four clients and a server, all on `v1`.
    private func world() -> (World, Release) {
        var world = World(clients: 4)
        let first = Release.sample(1)
        world.obey()
        world.send(.released(first))
        world.settle()
        #expect(world.state.rollout?.phase == .completed)
        return (world, first)
    }

    private func inWaves(_ number: Int, _ change: (inout Policy) -> Void = { _ in }) -> Release {
        .sample(number) {
            $0.rollout.waves = [.nodes(1), .percent(60)]
            $0.rollout.hold = 10
            change(&$0)
        }
    }

    @Test("waves move one after another, each only once the one before has held")
    func waves() {
        var (world, _) = world()
        let next = inWaves(2)
        world.send(.released(next))
        #expect(world.assigned(to: next) == ["server"])
        world.obey()
        #expect(world.state.rollout?.phase == .holding)
        world.send(.tick, after: 9)
        world.obey()
        #expect(world.assigned(to: next) == ["server"])
        world.send(.tick, after: 2)
        #expect(world.assigned(to: next) == ["server", "site-1", "site-2"])
        world.obey()
        world.send(.tick, after: 11)
        #expect(world.assigned(to: next).count == 5)
        world.obey()
        world.send(.tick, after: 11)
        world.obey()
        world.send(.tick)
        #expect(world.state.rollout?.phase == .completed)
        #expect(world.state.current == 2)
        #expect(world.gate.open)
    }

    @Test("a wave that falls ill while it holds has to become healthy and hold anew")
    func relapse() {
        var (world, _) = world()
        let next = inWaves(2)
        world.send(.released(next))
        world.obey()
        world.send(.tick, after: 8)
        world.obey(except: ["server"])
        world.report("server", Release.sample(1), phase: .activating)
        #expect(world.state.rollout?.phase == .progressing)
        world.obey()
        world.send(.tick, after: 3)
        world.obey()
        #expect(world.assigned(to: next) == ["server"])
        world.send(.tick, after: 8)
        #expect(world.assigned(to: next).count == 3)
    }

    @Test("clients move in the order of the flow's label")
    func order() {
        var (world, _) = world()
        world.send(.nodeChanged(Member(node: "site-4", role: .client, labels: ["ring": "0"])))
        for node in ["site-1", "site-2", "site-3"] {
            world.send(.nodeChanged(Member(node: node, role: .client, labels: ["ring": "1"])))
        }
        let next = inWaves(2) {
            $0.rollout.orderBy = "ring"
            $0.rollout.waves = [.nodes(2)]
        }
        world.send(.released(next))
        #expect(world.assigned(to: next) == ["server", "site-4"])
    }

    @Test("a node that fails takes the moved ones back")
    func rollback() {
        var (world, first) = world()
        let next = inWaves(2)
        world.send(.released(next))
        world.obey()
        world.send(.tick, after: 11)
        world.obey(except: ["site-1"])
        world.report("site-1", first, phase: .failed, attempting: next, message: "no module named torch")
        #expect(world.state.rollout?.phase == .rollingBack)
        #expect(world.state.rollout?.reason == "node site-1: no module named torch")
        #expect(world.assigned(to: next).isEmpty)
        #expect(world.assigned(to: first).count == 5)
        #expect(!world.gate.open)
        world.settle()
        #expect(world.state.rollout?.phase == .rolledBack)
        #expect(world.state.current == 1)
        #expect(world.gate.open)
        #expect(world.gate.commit == first.commit)
    }

    @Test("a node that doesn't become healthy in time fails the wave")
    func overdue() {
        var (world, first) = world()
        let next = inWaves(2)
        world.send(.released(next))
        for _ in 0..<7 {
            world.send(.tick, after: 10)
            world.obey(except: ["server"])
            world.report("server", first, phase: .fetching, attempting: next)
        }
        #expect(world.state.rollout?.phase == .rollingBack)
        #expect(world.state.rollout?.reason?.contains("not healthy on \(next.commit.short) within 60 s") == true)
    }

    @Test("with onFailure pause nothing moves until a person says so")
    func pauseOnFailure() {
        var (world, first) = world()
        let next = inWaves(2) { $0.rollout.onFailure = .pause }
        world.send(.released(next))
        world.report("server", first, phase: .failed, attempting: next, message: "no disk")
        #expect(world.state.rollout?.phase == .paused)
        let before = world.state.members["server"]?.attempt
        world.settle(except: ["server"], seconds: 5)
        #expect(world.state.rollout?.phase == .paused)
        #expect(world.assigned(to: next) == ["server"])
        world.send(.rolloutResumed)
        #expect(world.state.members["server"]?.attempt != before)
        world.settle(seconds: 6)
        #expect(world.state.rollout?.phase == .completed)
    }

    @Test("a first revision that fails leaves nothing assigned")
    func firstFails() {
        var world = World()
        let first = Release.sample(1)
        world.obey()
        world.send(.released(first))
        world.report("server", nil, phase: .failed, attempting: first, message: "no disk")
        #expect(world.state.rollout?.phase == .failed)
        #expect(world.assigned(to: first).isEmpty)
        #expect(world.state.target == nil)
    }

    @Test("a person pauses and resumes")
    func pause() {
        var (world, _) = world()
        let next = inWaves(2)
        world.send(.released(next))
        world.send(.rolloutPaused(reason: "a look at the logs"))
        world.settle(seconds: 6)
        #expect(world.assigned(to: next) == ["server"])
        #expect(world.gate.reasons.contains { $0.why.contains("paused: a look at the logs") })
        world.send(.rolloutResumed)
        world.settle(seconds: 6)
        #expect(world.state.rollout?.phase == .completed)
    }

    @Test("an undo brings all nodes back at once, and isn't undone itself")
    func undo() {
        var (world, first) = world()
        let next = inWaves(2)
        world.send(.released(next))
        world.settle(seconds: 6)
        #expect(world.state.current == 2)
        world.send(.undo(first))
        #expect(world.assigned(to: first).count == 5)
        world.report("site-1", next, phase: .failed, attempting: first, message: "gone")
        #expect(world.state.rollout?.phase == .paused)
        world.send(.rolloutResumed)
        world.settle()
        #expect(world.state.rollout?.phase == .completed)
        #expect(world.gate.commit == first.commit)
    }

    @Test("a newer revision takes over, and an older one that arrives late is ignored")
    func supersede() {
        var (world, _) = world()
        world.send(.released(inWaves(2)))
        let third = inWaves(3)
        world.send(.released(third))
        #expect(world.phases.contains("2:superseded"))
        world.send(.released(inWaves(2)))
        #expect(world.state.rollout?.to == third)
        world.settle(seconds: 6)
        #expect(world.state.current == 3)
        #expect(world.assigned(to: third).count == 5)
    }

    @Test("a node that is offline neither blocks a wave nor proves it, and follows when it is back")
    func offline() {
        var (world, _) = world()
        world.send(.tick, after: 10)
        world.obey(except: ["site-1"])
        world.send(.tick, after: 10)
        world.obey(except: ["site-1"])
        let next = inWaves(2)
        world.send(.released(next))
        world.obey(except: ["site-1"])
        world.send(.tick, after: 11)
        #expect(world.assigned(to: next) == ["server", "site-2", "site-3"])
        world.settle(except: ["site-1"], seconds: 6)
        #expect(world.state.rollout?.phase == .completed)
        #expect(world.state.members["site-1"]?.assigned == 2)
        #expect(world.gate.open)
        #expect(world.gate.excluded.map(\.node) == ["site-1"])
        world.obey()
        #expect(world.gate.clients.contains("site-1"))
    }

    @Test("a rollout with nobody online waits")
    func nobody() {
        var world = World()
        let first = Release.sample(1)
        world.send(.released(first))
        for _ in 0..<30 { world.send(.tick, after: 60) }
        #expect(world.state.rollout?.phase == .progressing)
        world.obey()
        world.settle()
        #expect(world.state.rollout?.phase == .completed)
    }

    @Test("a round in progress ends before nodes move, or is cancelled, as the flow says")
    func onNewRevision() throws {
        var (world, first) = world()
        world.send(.runRequested(goal: 3, epochs: nil, base: .latest))
        world.send(.released(.sample(2)))
        #expect(world.state.rollout?.phase == .waitingForRound)
        #expect(world.assigned(to: first).count == 5)
        _ = try world.finishRound()
        #expect(world.state.rollout?.phase == .progressing)
        world.settle()
        #expect(world.state.round?.ticket.commit == .sample(2))
        world.send(.released(.sample(3) { $0.onNewRevision = .abort }))
        #expect(world.rounds(.aborted).map(\.reason) == ["revision v3 is being rolled out"])
        #expect(world.state.round == nil)
        world.settle()
        #expect(world.state.round?.ticket.commit == .sample(3))
        #expect(world.state.round?.ticket.round == 2)
    }

    @Test("a node that joins late is put on what the others run")
    func joiner() {
        var (world, first) = world()
        world.send(.nodeChanged(Member(node: "site-9", role: .client)))
        #expect(world.assigned(to: first).contains("site-9"))
        world.send(.released(inWaves(2)))
        world.send(.nodeChanged(Member(node: "site-10", role: .client)))
        #expect(world.assigned(to: first).contains("site-10"))
    }
}
