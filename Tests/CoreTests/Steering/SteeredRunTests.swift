import Testing

@testable import Core

/// Runs that end early, and the best of a task's models.
@Suite struct SteeredRunTests {
    private func world(goal: Int = 9, _ change: (inout Policy) -> Void) -> World {
        var world = World()
        world.obey()
        world.send(.released(.sample(1, change)))
        world.settle()
        world.send(.runRequested(goal: goal, epochs: nil, base: .latest))
        return world
    }

    @Test("a run completes early, with the reason, and keeps its best model in mind")
    func early() throws {
        var world = world { policy in
            policy.rounds.stop = StopRule(metric: "accuracy", mode: .maximize, patience: 2)
            policy.rounds.best = BestRule(metric: "accuracy", mode: .maximize)
        }
        for (index, accuracy) in [0.5, 0.9, 0.8].enumerated() {
            _ = try world.finishRound(model: "a\(index)", evaluation: ["accuracy": accuracy])
        }
        #expect(world.state.run?.status == .running)
        _ = try world.finishRound(model: "a3", evaluation: ["accuracy": 0.9])
        #expect(world.state.run?.status == .completed)
        #expect(world.state.run?.done == 4)
        #expect(world.state.run?.reason?.contains("better than 0.9 of round 2 for 2 rounds") == true)
        #expect(world.state.round == nil)
        #expect(world.state.best?.model == ModelReference(version: 2, digest: .sample("a1")))
        #expect(world.state.model?.version == 4)
    }

    @Test("where the server node evaluates, its metrics alone are looked at")
    func server() throws {
        var world = world { policy in
            policy.rounds.evaluate = .both
            policy.rounds.stop = StopRule(metric: "accuracy", mode: .maximize, target: 0.9)
            policy.rounds.best = BestRule(metric: "accuracy", mode: .maximize)
        }
        #expect(world.state.round?.ticket.evaluate == .both)
        _ = try world.finishRound(model: "a", evaluation: ["accuracy": 0.99], server: ["accuracy": 0.7])
        _ = try world.finishRound(model: "b", evaluation: ["accuracy": 0.99])
        #expect(world.state.run?.status == .running)
        #expect(world.state.best?.value == 0.7)
        _ = try world.finishRound(model: "c", evaluation: ["accuracy": 0.1], server: ["accuracy": 0.9])
        #expect(world.state.run?.status == .completed)
        #expect(world.state.best?.model.version == 3)
    }

    @Test("a metric that no round has stops nothing, and each round says so")
    func unknown() throws {
        var world = world(goal: 3) { policy in
            policy.rounds.stop = StopRule(metric: "acuracy", mode: .maximize, patience: 1)
            policy.rounds.best = BestRule(metric: "acuracy", mode: .maximize)
        }
        for round in 0..<3 { _ = try world.finishRound(model: "a\(round)", evaluation: ["accuracy": 0.9]) }
        #expect(world.state.run?.status == .completed && world.state.run?.done == 3)
        #expect(world.state.run?.reason == nil)
        #expect(world.state.best == nil)
        let warnings = world.effects.compactMap { effect -> String? in
            if case .record(.event(let event)) = effect, event.kind == .warning { event.message } else { nil }
        }
        #expect(warnings.count == 3)
        #expect(warnings.first?.contains("no metric \"acuracy\"") == true)
        #expect(warnings.first?.contains("it has accuracy") == true)
    }

    @Test("another rule for the best model starts anew; the same rule goes on over runs and revisions")
    func otherRule() throws {
        var world = world(goal: 1) { $0.rounds.best = BestRule(metric: "loss", mode: .minimize) }
        _ = try world.finishRound(model: "a", evaluation: ["loss": 1, "accuracy": 0.5])
        world.send(.runRequested(goal: 1, epochs: nil, base: .latest))
        _ = try world.finishRound(model: "b", evaluation: ["loss": 2, "accuracy": 0.4])
        #expect(world.state.best?.model.version == 1)
        world.send(.released(.sample(2) { $0.rounds.best = BestRule(metric: "accuracy", mode: .maximize) }))
        world.settle()
        world.send(.runRequested(goal: 1, epochs: nil, base: .latest))
        _ = try world.finishRound(model: "c", evaluation: ["loss": 3, "accuracy": 0.1])
        #expect(world.state.best?.model.version == 3)
    }
}
