import Testing

@testable import Core

/// Early stop and schedules, as pure functions.
@Suite struct RuleTests {
    @Test("a run stops after so many rounds without an improvement by more than minDelta")
    func patience() {
        let rule = StopRule(metric: "loss", mode: .minimize, patience: 2, minDelta: 0.1)
        var progress: RunProgress?
        let values = [1.0, 0.95, 0.8, 0.75, 0.9]
        let reasons = values.enumerated().map { rule.judge(&progress, value: $1, round: $0 + 1) }
        #expect(reasons.dropLast().allSatisfy { $0 == nil })
        #expect(
            reasons.last
                == "stopped early: loss has not got better than 0.8 of round 3 by more than 0.1 for 2 rounds"
        )
        #expect(progress == RunProgress(metric: "loss", mode: .minimize, best: 0.8, round: 3, waited: 2))
    }

    @Test("a target is reached with its value, and whatever is better")
    func target() {
        let rule = StopRule(metric: "accuracy", mode: .maximize, target: 0.97)
        for (value, isReached) in [(0.5, false), (0.9699, false), (0.97, true), (0.98, true)] {
            var progress: RunProgress?
            #expect((rule.judge(&progress, value: value, round: 1) != nil) == isReached)
        }
    }

    private func flow(_ schedule: String) throws -> Flow {
        let yaml =
            FlowMistakeTests.sound + "settings: {rate: 0.5, optimizer: {momentum: 0.9, name: sgd}}\n"
            + "rounds: {epochs: 3, schedule: \(schedule)}\n"
        let (flow, mistakes) = Flow.parse(yaml: yaml, file: "f")
        return try #require(flow, "\(mistakes)")
    }

    @Test("a setting falls by steps to its floor, and other settings stay")
    func steps() throws {
        let flow = try flow("{rate: {from: 0.8, factor: 0.5, every: 2, floor: 0.15}}")
        let rates = (0...8).map { flow.settings(inRound: $0)["rate"] }
        #expect(rates == [0.5, 0.8, 0.8, 0.4, 0.4, 0.2, 0.2, 0.15, 0.15].map { .double($0) })
        #expect(flow.settings(inRound: 4)["optimizer"] == flow.settings["optimizer"])
    }

    @Test("a cosine begins and ends where it says, and is halfway in the middle")
    func cosine() throws {
        let flow = try flow("{optimizer.momentum: {cosine: {from: 1, to: 0, rounds: 4}}}")
        let values = [1, 2, 3, 4, 5, 99].map { round -> Double in
            guard case .double(let value)? = flow.settings(inRound: round)["optimizer"]?["momentum"] else { return -1 }
            return value
        }
        let half = 0.5.squareRoot() / 2
        for (value, wanted) in zip(values, [1, 0.5 + half, 0.5, 0.5 - half, 0, 0]) {
            #expect(abs(value - wanted) < 1e-12)
        }
        #expect(flow.settings(inRound: 2)["optimizer"]?["name"] == .string("sgd"))
    }

    @Test("named rounds change a setting to any value, and before the first of them it is the file's")
    func values() throws {
        let flow = try flow("{rate: {values: {3: 0.25, 10: off}}}")
        let rates = [1, 2, 3, 9, 10, 11].map { flow.settings(inRound: $0)["rate"] }
        #expect(rates == [.double(0.5), .double(0.5), .double(0.25), .double(0.25), .string("off"), .string("off")])
    }

    @Test("epochs follow their schedule in tickets, unless the run names its own")
    func epochs() throws {
        let policy = Policy(try flow("{epochs: {from: 4, factor: 0.5, floor: 0}}")).rounds
        #expect((1...5).map { policy.epochs(inRound: $0) } == [4, 2, 1, 1, 1])
        #expect(Policy(try flow("{rate: {values: {1: 1}}}")).rounds.epochs(inRound: 1) == 3)
        var world = World()
        world.obey()
        world.send(.released(.sample(1) { $0.rounds.epochsSchedule = policy.epochsSchedule }))
        world.settle()
        world.send(.runRequested(goal: 2, epochs: nil, base: .latest))
        #expect(world.state.round?.ticket.epochs == 4)
        _ = try world.finishRound()
        #expect(world.state.round?.ticket.epochs == 2)
        _ = try world.finishRound(model: "f")
        world.send(.runRequested(goal: 1, epochs: 9, base: .latest))
        #expect(world.state.round?.ticket.epochs == 9)
    }
}
