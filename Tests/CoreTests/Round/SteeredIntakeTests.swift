import Testing

@testable import Core

/// Rounds that end with enough updates, and that the server node evaluates.
@Suite struct SteeredIntakeTests {
    static let now = Instant(milliseconds: 1_760_000_000_000)

    private func intake(_ change: (inout Ticket) -> Void) -> RoundIntake {
        var ticket = Ticket(
            task: "digits",
            run: 1,
            round: 2,
            epoch: 5,
            commit: .sample(1),
            digest: .sample("1"),
            server: "server",
            serverURL: "http://server",
            clients: ["a", "b", "c"],
            base: ModelReference(version: 1, digest: .sample("e")),
            version: 2,
            minimum: 1,
            strategy: "fedavg",
            epochs: 1,
            issued: Self.now,
            trainBy: Self.now + 80,
            deadline: Self.now + 100
        )
        change(&ticket)
        return RoundIntake(ticket: ticket)
    }

    private func contribution(_ node: String) -> Contribution {
        Contribution(node: node, commit: .sample(1), examples: 3, update: .sample("d"), seconds: 1, metrics: [:])
    }

    @Test("training ends with enough updates, and the others are told that they aren't needed")
    func enough() {
        var intake = intake { $0.enough = 2 }
        intake.count(contribution("a"))
        #expect(intake.phase == .training)
        intake.count(contribution("c"))
        #expect(intake.phase == .evaluating)
        intake.count(contribution("b"))
        #expect(intake.contributions.map(\.node) == ["a", "c"])
        let offer = RoundIntake.Offer(node: "b", epoch: 5, commit: .sample(1), digest: .sample("1"))
        #expect(throws: OfferRefusal(.tooLate, offer, "the round has the 2 updates that it needs")) {
            try intake.check(offer, at: Self.now + 1)
        }
        #expect(
            intake.missing == [
                MissingUpdate(node: "b", why: "not needed: the round had enough updates", surplus: true)
            ]
        )
    }

    @Test("the server node's evaluation is waited for, alone or beside the clients'")
    func server() {
        let evaluation = RoundIntake.Evaluation(examples: 9, metrics: ["accuracy": 0.5])
        for place in [EvaluationPlace.server, .both] {
            var intake = intake { $0.evaluate = place }
            intake.serverEvaluated(.evaluated(evaluation))
            #expect(intake.serverOutcome == nil)
            for node in ["a", "b", "c"] { intake.count(contribution(node)) }
            #expect(intake.phase == .evaluating)
            if place == .both { for node in ["a", "b", "c"] { intake.evaluated(node, evaluation) } }
            #expect(intake.phase == .evaluating)
            intake.serverEvaluated(.evaluated(evaluation))
            #expect(intake.phase == .finished)
            #expect(intake.serverUnevaluated == nil && intake.unevaluated == nil)
        }
    }

    @Test("a server node that can't evaluate is said, and one that is late too; the round counts")
    func failing() {
        for fails in [true, false] {
            var intake = intake { $0.evaluate = .server }
            for node in ["a", "b", "c"] { intake.count(contribution(node)) }
            if fails { intake.serverEvaluated(.failed("evaluate: no data")) }
            intake.tick(at: Self.now + 101)
            #expect(intake.phase == .finished)
            #expect(intake.serverUnevaluated == (fails ? "evaluate: no data" : "no evaluation by the deadline"))
        }
    }

    @Test("contributions are waited for until the deadline, and stand with their clients")
    func worth() {
        let rule = ContributionRule(method: .leaveOneOut, metric: "accuracy")
        for isInTime in [true, false] {
            var intake = intake {
                $0.evaluate = .server
                $0.contribution = rule
            }
            for node in ["a", "b", "c"] { intake.count(contribution(node)) }
            intake.serverEvaluated(.evaluated(.init(examples: 1, metrics: ["accuracy": 1])))
            #expect(intake.phase == .evaluating)
            if isInTime { intake.valued(.init(values: ["a": 0.5, "b": .nan, "z": 1])) }
            intake.tick(at: Self.now + 101)
            #expect(intake.phase == .finished)
            #expect(intake.contributions.map(\.contribution) == (isInTime ? [0.5, nil, nil] : [nil, nil, nil]))
        }
    }
}
