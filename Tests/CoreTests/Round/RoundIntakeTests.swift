import Testing

@testable import Core

/// What the engine counts, and what it refuses.
@Suite struct RoundIntakeTests {
    static let now = Instant(milliseconds: 1_760_000_000_000)

    private func intake(clients: [String] = ["a", "b", "c"], minimum: Int = 2, hasBase: Bool = true) -> RoundIntake {
        RoundIntake(
            ticket: Ticket(
                task: "digits",
                run: 1,
                round: 2,
                epoch: 5,
                commit: .sample(1),
                digest: .sample("1"),
                server: "server",
                serverURL: "http://server",
                clients: clients,
                base: hasBase ? ModelReference(version: 1, digest: .sample("e")) : nil,
                initializer: hasBase ? nil : "a",
                version: 2,
                minimum: minimum,
                strategy: "fedavg",
                epochs: 1,
                issued: Self.now,
                trainBy: Self.now + 80,
                deadline: Self.now + 100
            )
        )
    }

    private func offer(
        _ node: String,
        epoch: Int = 5,
        commit: Int = 1,
        digest: String = "1"
    ) -> RoundIntake.Offer {
        .init(node: node, epoch: epoch, commit: .sample(commit), digest: .sample(digest))
    }

    private func contribution(_ node: String) -> Contribution {
        Contribution(node: node, commit: .sample(1), examples: 3, update: .sample("d"), seconds: 1, metrics: [:])
    }

    private func refusal(_ intake: RoundIntake, _ offer: RoundIntake.Offer, after seconds: Double = 1) -> OfferRefusal?
    {
        do {
            try intake.check(offer, at: Self.now + seconds)
            return nil
        } catch {
            return error
        }
    }

    @Test("an update of the ticket's own is taken")
    func taken() {
        #expect(refusal(intake(), offer("a")) == nil)
    }

    @Test("a second update of a node is refused")
    func second() {
        var intake = intake()
        intake.count(contribution("a"))
        let refused = refusal(intake, offer("a"))
        #expect(refused?.kind == .alreadyCounted)
        #expect(refused?.description == "update of node a refused: its update is already counted")
        intake.count(contribution("a"))
        #expect(intake.contributions.count == 1)
    }

    @Test("an update of an older ticket is refused")
    func oldEpoch() {
        #expect(refusal(intake(), offer("a", epoch: 4))?.kind == .otherTicket)
        #expect(refusal(intake(), offer("a", epoch: 6))?.kind == .otherTicket)
    }

    @Test("an update that another commit made is refused, with both hashes")
    func otherCommit() {
        let refused = refusal(intake(), offer("a", commit: 2))
        #expect(refused?.kind == .otherTicket)
        #expect(refused?.why.contains(CommitHash.sample(1).text) == true)
        #expect(refused?.why.contains(CommitHash.sample(2).text) == true)
    }

    @Test("an update that another artifact of the commit made is refused")
    func otherDigest() {
        #expect(refusal(intake(), offer("a", digest: "2"))?.kind == .otherTicket)
    }

    @Test("a node that the ticket doesn't name is a stranger")
    func stranger() {
        #expect(refusal(intake(), offer("z"))?.kind == .stranger)
        var intake = intake()
        intake.lose("z", why: "?")
        #expect(intake.lost.isEmpty)
    }

    @Test("a straggler is too late, and the round goes on without it")
    func straggler() {
        var intake = intake()
        intake.count(contribution("a"))
        intake.count(contribution("b"))
        intake.tick(at: Self.now + 79)
        #expect(intake.phase == .training)
        #expect(refusal(intake, offer("c"), after: 81)?.kind == .tooLate)
        intake.tick(at: Self.now + 81)
        #expect(intake.phase == .evaluating)
        #expect(refusal(intake, offer("c"), after: 1)?.kind == .tooLate)
        #expect(intake.missing == [MissingUpdate(node: "c", why: "no update by the end of training")])
        intake.tick(at: Self.now + 101)
        #expect(intake.phase == .finished)
    }

    @Test("fewer updates than the minimum fail the round, and it says who is missing and why")
    func minimum() {
        var intake = intake()
        intake.count(contribution("a"))
        intake.lose("b", why: "out of memory")
        #expect(intake.phase == .training)
        intake.lose("c", why: "train raised ValueError")
        #expect(intake.phase == .failed)
        #expect(
            intake.reason
                == "1 of 3 clients answered, the flow wants 2 (b: out of memory; c: train raised ValueError)"
        )
        intake.count(contribution("b"))
        #expect(intake.phase == .failed)
    }

    @Test("a client that was lost may still deliver in time")
    func comesBack() {
        var intake = intake()
        intake.lose("a", why: "crashed")
        #expect(refusal(intake, offer("a")) == nil)
        intake.count(contribution("a"))
        #expect(intake.lost.isEmpty)
    }

    @Test("the round ends when all that trained have evaluated")
    func evaluation() {
        var intake = intake()
        intake.evaluated("a", .init(examples: 1, metrics: [:]))
        #expect(intake.evaluations.isEmpty)
        for node in ["a", "b"] { intake.count(contribution(node)) }
        intake.lose("c", why: "gone")
        #expect(intake.phase == .evaluating)
        intake.evaluated("c", .init(examples: 1, metrics: [:]))
        intake.evaluated("a", .init(examples: 4, metrics: ["accuracy": 0.5]))
        #expect(intake.phase == .evaluating)
        intake.lose("b", why: "crashed in evaluation")
        #expect(intake.phase == .finished)
        #expect(intake.contributions.map(\.node) == ["a", "b"])
        #expect(intake.contributions[0].evaluation == ["accuracy": 0.5])
        #expect(intake.contributions[1].evaluation == nil)
    }

    @Test("without a first model the round trains nothing, and fails with its maker")
    func initialising() {
        var intake = intake(hasBase: false)
        #expect(refusal(intake, offer("a"))?.kind == .tooLate)
        intake.lose("b", why: "gone")
        #expect(intake.phase == .initialising)
        intake.lose("a", why: "no memory")
        #expect(intake.phase == .failed)
        #expect(intake.reason == "node a could not make the first global model: no memory")
        var late = self.intake(hasBase: false)
        late.tick(at: Self.now + 81)
        #expect(late.phase == .failed)
    }
}
