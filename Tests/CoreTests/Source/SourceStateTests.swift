import Core
import Testing

/// What polls of a remote mean.
@Suite struct SourceStateTests {
    var state = SourceState(
        task: "digits",
        spec: SourceSpec(url: "https://git.example/digits.git", tags: "v*", interval: 30)
    )
    var now = Instant(milliseconds: 1_760_000_000_000)

    private mutating func poll(
        head: Int? = nil,
        _ tags: [String: Int],
        unreachable: Set<String> = []
    ) throws -> [SourceEffect] {
        let observation = SourceObservation(
            head: head.map(CommitHash.sample),
            tags: tags.mapValues(CommitHash.sample),
            reachable: Set(tags.keys).subtracting(unreachable)
        )
        now = now + 30
        return state.apply(.observed(observation, jitter: 0.5), rule: try TagRule(state.spec.tags), at: now)
    }

    private mutating func fail(_ message: String, jitter: Double = 0) throws -> [SourceEffect] {
        state.apply(
            .failed(PollFailure(kind: "transient", message: message, since: now), jitter: jitter),
            rule: try TagRule(state.spec.tags),
            at: now
        )
    }

    private func builds(_ effects: [SourceEffect]) -> [RevisionKey] {
        effects.compactMap { if case .build(let key) = $0 { key } else { nil } }
    }

    private func messages(_ effects: [SourceEffect]) -> [String] {
        effects.compactMap { if case .record(let event) = $0 { event.message } else { nil } }
    }

    @Test("the highest version wins, once")
    mutating func highest() throws {
        let tags = ["v1.9.0": 1, "v1.10.0": 2, "other": 3]
        #expect(builds(try poll(tags)) == [RevisionKey(number: 1, name: "v1.10.0", commit: .sample(2))])
        #expect(try poll(tags).isEmpty)
        #expect(builds(try poll(tags.merging(["v1.2.0": 4]) { $1 })).isEmpty)
        #expect(builds(try poll(tags.merging(["v2.0.0": 5]) { $1 })).map(\.name) == ["v2.0.0"])
        #expect(state.revisionCount == 2)
    }

    @Test("a tag that moved is reported, and never changes its revision")
    mutating func moved() throws {
        _ = try poll(["v1": 1])
        let effects = try poll(["v1": 2])
        #expect(builds(effects).isEmpty)
        #expect(messages(effects).count == 1)
        #expect(messages(effects).first?.contains("tag v1 moved from") == true)
        #expect(state.tags["v1"]?.commit == .sample(1))
        #expect(state.tags["v1"]?.movedTo == .sample(2))
        #expect(try poll(["v1": 2]).isEmpty)
        #expect(messages(try poll(["v1": 1])) == ["tag v1 is at \(CommitHash.sample(1).short) again"])
    }

    @Test("a tag that moved before it was chosen isn't chosen while it is elsewhere")
    mutating func movedUnchosen() throws {
        _ = try poll(["v2": 2, "v1": 1], unreachable: ["v2"])
        #expect(state.chosen?.name == "v1")
        #expect(builds(try poll(["v2": 3, "v1": 1])).isEmpty)
        #expect(builds(try poll(["v2": 2, "v1": 1])) == [RevisionKey(number: 2, name: "v2", commit: .sample(2))])
    }

    @Test("a tag that is deleted is reported, and nodes don't fall back to an older one")
    mutating func deleted() throws {
        _ = try poll(["v1": 1, "v2": 2])
        let effects = try poll(["v1": 1])
        #expect(messages(effects) == ["tag v2 was deleted from the remote; its revision stays"])
        #expect(builds(effects).isEmpty)
        #expect(try poll(["v1": 1]).isEmpty)
        #expect(state.chosen?.name == "v2")
        let back = try poll(["v1": 1, "v2": 3])
        #expect(messages(back).first == "tag v2 is back")
        #expect(builds(back).isEmpty)
    }

    @Test("a tag counts only where the branch holds its commit, and shows where it doesn't")
    mutating func unreachable() throws {
        #expect(builds(try poll(["v1": 1, "x": 2], unreachable: ["v1", "x"])).isEmpty)
        #expect(state.unreachable == ["v1"])
        #expect(builds(try poll(["v1": 1, "x": 2])).map(\.name) == ["v1"])
        #expect(state.unreachable.isEmpty)
    }

    @Test("with deploy on push every head of the branch is a revision, and tags are none")
    mutating func push() throws {
        state.spec.deployOn = .push
        let first = builds(try poll(head: 7, ["v1": 1]))
        #expect(first == [RevisionKey(number: 1, name: "main@\(CommitHash.sample(7).short)", commit: .sample(7))])
        #expect(try poll(head: 7, ["v1": 1]).isEmpty)
        #expect(builds(try poll(head: 8, ["v1": 1])).map(\.commit) == [.sample(8)])
        #expect(builds(try poll(head: 7, ["v1": 1])).map(\.commit) == [.sample(7)])
        #expect(builds(try poll(head: nil, [:])).isEmpty)
    }

    @Test("a remote that fails is polled ever less often, up to a quarter of an hour, and is reported once")
    mutating func backoff() throws {
        _ = try poll([:])
        #expect(state.nextPoll?.seconds(since: now) == 30)
        var delays: [Double] = []
        for attempt in 0..<8 {
            let effects = try fail("connection refused")
            #expect(messages(effects).count == (attempt == 0 ? 1 : 0))
            delays.append(state.nextPoll?.seconds(since: now) ?? 0)
        }
        #expect(delays == [30, 60, 120, 240, 450, 450, 450, 450])
        _ = try fail("connection refused", jitter: 0.999)
        #expect((state.nextPoll?.seconds(since: now) ?? 0) > 899)
        #expect((state.nextPoll?.seconds(since: now) ?? 0) <= 900)
        #expect(state.failures == 9)
        #expect(messages(try fail("authentication failed")).count == 1)
        #expect(messages(try poll([:])) == ["https://git.example/digits.git answers again"])
        #expect(state.failures == 0)
        #expect(state.lastFailure == nil)
    }

    @Test("the failure's beginning stays while it lasts")
    mutating func since() throws {
        _ = try fail("connection refused")
        let first = state.lastFailure?.since
        now = now + 100
        _ = try fail("timed out")
        #expect(state.lastFailure?.since == first)
        #expect(state.lastFailure?.message == "timed out")
    }

    @Test("another source is polled at once")
    mutating func specChanged() throws {
        _ = try poll([:])
        var spec = state.spec
        spec.tags = ">=2"
        _ = state.apply(.specChanged(spec), rule: try TagRule(spec.tags), at: now)
        #expect(state.nextPoll == now)
        #expect(builds(try poll(["v1.0.0": 1, "v2.1.0": 2])).map(\.name) == ["v2.1.0"])
    }
}
