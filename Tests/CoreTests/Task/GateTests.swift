import Core
import Testing

/// What opens the gate, what closes it, and what it says then.
@Suite struct GateTests {
    /// Three clients and a server on `v1`, with the gate open.
    private func world(_ change: (inout Policy) -> Void = { _ in }) -> (World, Release) {
        var world = World()
        let release = Release.sample(1, change)
        world.obey()
        world.send(.released(release))
        world.settle()
        return (world, release)
    }

    @Test("open when all report the commit and the artifact, ready and fresh")
    func open() {
        let (world, release) = world()
        #expect(world.gate.open)
        #expect(world.gate.commit == release.commit)
        #expect(world.gate.clients == ["site-1", "site-2", "site-3"])
        #expect(world.gate.server == "server")
        #expect(world.gate.reasons.isEmpty)
        #expect(world.gate.excluded.isEmpty)
    }

    @Test("closed without a revision, and it says so")
    func noRevision() {
        let world = World()
        #expect(!world.gate.open)
        #expect(world.gate.reasons.map(\.wants) == ["a revision"])
    }

    @Test("closed by a node on another commit, with both hashes")
    func otherCommit() {
        var (world, release) = world()
        let other = Release.sample(9)
        world.report("site-2", other, digest: release.digest)
        let gate = world.gate
        #expect(!gate.open)
        #expect(gate.reasons.map(\.node) == ["site-2"])
        #expect(gate.reasons.first?.reports == other.commit.text)
        #expect(gate.reasons.first?.wants == release.commit.text)
        #expect(gate.reasons.first?.why == "runs another commit")
    }

    @Test("closed by a node with another artifact of the same commit")
    func otherDigest() {
        var (world, release) = world()
        world.report("site-2", release, digest: .sample("f"))
        let gate = world.gate
        #expect(!gate.open)
        #expect(gate.reasons.first?.reports == ContentDigest.sample("f").description)
        #expect(gate.reasons.first?.why == "runs another artifact of this commit")
    }

    @Test("closed by the server node on another commit, however long it is waited for")
    func serverNode() {
        var (world, _) = world()
        for _ in 0..<20 {
            world.send(.tick, after: 10)
            world.obey(except: ["server"])
            world.report("server", Release.sample(9))
            #expect(!world.gate.open)
        }
        #expect(world.gate.reasons.map(\.node) == ["server"])
    }

    @Test("closed by a report older than the lease")
    func stale() {
        var (world, _) = world()
        world.send(.tick, after: 14)
        world.obey(except: ["site-3"])
        #expect(world.gate.open)
        world.send(.tick, after: 2)
        #expect(!world.gate.open)
        #expect(world.gate.reasons.map(\.node) == ["site-3"])
        #expect(world.gate.reasons.first?.why.hasPrefix("offline") == true)
    }

    @Test("a report that was overtaken on its way counts for nothing")
    func overtaken() {
        var (world, release) = world()
        let old = ReportOrder(boot: 1, bootID: "a", sequence: 1)
        world.report("site-1", Release.sample(9))
        world.send(
            .reported(
                node: "site-1",
                order: old,
                engineURL: nil,
                report: TaskReport(task: "digits", commit: release.commit, digest: release.digest, phase: .ready)
            )
        )
        #expect(!world.gate.open)
        #expect(world.gate.reasons.map(\.node) == ["site-1"])
    }

    @Test("two managers with one identity aren't taken for one another")
    func clonedDisk() {
        var (world, release) = world()
        world.report("site-1", Release.sample(9))
        world.send(
            .reported(
                node: "site-1",
                order: ReportOrder(boot: 1, bootID: "b", sequence: world.sequence),
                engineURL: nil,
                report: TaskReport(task: "digits", commit: release.commit, digest: release.digest, phase: .ready)
            )
        )
        #expect(!world.gate.open)
    }

    @Test("closed by a draining node until its wait is over, then open without it")
    func draining() {
        var (world, _) = world()
        world.send(.nodeChanged(Member(node: "site-1", role: .client, draining: true)))
        #expect(world.gate.reasons.first?.why.hasPrefix("draining") == true)
        world.send(.tick, after: 10)
        world.obey()
        world.send(.tick, after: 9)
        world.obey()
        #expect(!world.gate.open)
        world.send(.tick, after: 2)
        #expect(world.gate.open)
        #expect(world.gate.clients == ["site-2", "site-3"])
        #expect(world.gate.excluded.map(\.node) == ["site-1"])
        world.send(.nodeChanged(Member(node: "site-1", role: .client)))
        #expect(world.gate.clients == ["site-1", "site-2", "site-3"])
    }

    @Test("never open with fewer clients than the minimum, however long")
    func minimum() {
        var (world, _) = world { $0.participants.minimum = 3 }
        for _ in 0..<30 {
            world.send(.tick, after: 10)
            world.obey(except: ["site-2"])
            world.report("site-2", nil, phase: .failed, message: "no disk")
        }
        #expect(!world.gate.open)
        #expect(world.gate.reasons.map(\.node) == ["site-2", "digits"])
        #expect(world.gate.reasons.last?.wants == "at least 3")
        #expect(world.gate.reasons.first?.why == "failed: no disk")
    }

    @Test("closed while a rollout is under way, even where all nodes are ready")
    func rollout() {
        var (world, _) = world()
        let next = Release.sample(2) { $0.rollout.hold = 30 }
        world.send(.released(next))
        world.settle()
        #expect(world.nodes.allSatisfy { world.state.members[$0]?.isReady(on: next) == true })
        #expect(!world.gate.open)
        #expect(world.gate.reasons.map(\.wants) == ["no rollout under way"])
        world.settle(seconds: 4)
        #expect(world.gate.open)
        #expect(world.gate.commit == next.commit)
    }

    @Test("closed without a server node that the flow selects")
    func noServer() {
        let (world, _) = world { $0.participants.server = LabelSelector(["zone": ["core"]]) }
        #expect(world.gate.reasons.contains { $0.reports == "no server node" })
        #expect(!world.gate.open)
    }

    @Test("the time since which a node holds the gate stays as its reasons change")
    func since() {
        var (world, _) = world()
        world.report("site-1", Release.sample(9))
        let first = world.gate.reasons.first?.since
        world.send(.tick, after: 5)
        world.obey(except: ["site-1"])
        world.report("site-1", nil, phase: .fetching)
        #expect(world.gate.reasons.first?.since == first)
        #expect(world.gate.reasons.first?.why == "fetching")
    }

    @Test("clients take turns where the flow limits them")
    func turns() throws {
        var (world, _) = world {
            $0.participants.maximum = 2
            $0.rounds.count = 6
        }
        world.send(.runRequested(goal: 6, epochs: nil, base: .latest))
        var seen: [String: Int] = [:]
        for _ in 0..<6 {
            let clients = try #require(world.state.round?.ticket.clients)
            #expect(clients.count == 2)
            for client in clients { seen[client, default: 0] += 1 }
            _ = try world.finishRound()
        }
        #expect(seen == ["site-1": 4, "site-2": 4, "site-3": 4])
    }
}
