import Testing

@testable import Core

/// The node's half of the gate.
@Suite struct NodeLedgerTests {
    private func assignment(_ number: Int, attempt: Int = 1) -> Assignment {
        let release = Release.sample(number)
        return Assignment(commit: release.commit, digest: release.digest, name: release.name, attempt: attempt)
    }

    private func ticket(_ release: Release, epoch: Int, digest: ContentDigest? = nil) -> Ticket {
        let now = Instant(milliseconds: 1_760_000_000_000)
        return Ticket(
            task: "digits",
            run: 1,
            round: 1,
            epoch: epoch,
            commit: release.commit,
            digest: digest ?? release.digest,
            server: "server",
            serverURL: "http://server",
            clients: ["site-1"],
            base: nil,
            initializer: "site-1",
            version: 1,
            minimum: 1,
            strategy: "fedavg",
            epochs: 1,
            issued: now,
            trainBy: now + 80,
            deadline: now + 100
        )
    }

    /// A ledger on which revision `number` is active.
    private func active(_ number: Int) -> NodeLedger {
        var ledger = NodeLedger(task: "digits")
        #expect(ledger.apply(.desired(assignment(number), nil)).contains(.prepare(assignment(number))))
        #expect(ledger.apply(.prepared(assignment(number))).contains(.activate(assignment(number))))
        _ = ledger.apply(.activated(assignment(number)))
        #expect(ledger.report().phase == .ready)
        return ledger
    }

    @Test("a ticket for what is active is worked on, once")
    func taken() throws {
        var ledger = active(1)
        let ticket = ticket(.sample(1), epoch: 4)
        #expect(ledger.apply(.desired(assignment(1), ticket)).contains(.work(ticket)))
        try ledger.check(ticket)
        #expect(ledger.report().epoch == 4)
        #expect(ledger.apply(.desired(assignment(1), ticket)).isEmpty)
        _ = ledger.apply(.ticketEnded(epoch: 4))
        #expect(!ledger.apply(.desired(assignment(1), ticket)).contains(.work(ticket)))
    }

    @Test("a ticket of another commit is refused, with both hashes")
    func otherCommit() {
        var ledger = active(1)
        // The digests are equal, so that only the commit can tell.
        let ticket = ticket(.sample(2), epoch: 4, digest: Release.sample(1).digest)
        let effects = ledger.apply(.desired(assignment(1), ticket))
        #expect(!effects.contains(.work(ticket)))
        #expect(ledger.inHand == nil)
        #expect(ledger.refusal?.ticketCommit == .sample(2))
        #expect(ledger.refusal?.activeCommit == .sample(1))
        let message = ledger.report().message ?? ""
        #expect(message.contains(CommitHash.sample(1).text) && message.contains(CommitHash.sample(2).text))
        #expect(throws: TicketRefusal.self) { try ledger.check(ticket) }
    }

    @Test("a ticket of another artifact is refused")
    func otherDigest() {
        var ledger = active(1)
        let ticket = ticket(.sample(1), epoch: 4, digest: .sample("f"))
        #expect(!ledger.apply(.desired(assignment(1), ticket)).contains(.work(ticket)))
        #expect(ledger.refusal?.why == "another artifact of this commit is active")
    }

    @Test("nothing is activated while a ticket is in hand")
    func activationWaits() throws {
        var ledger = active(1)
        let ticket = ticket(.sample(1), epoch: 4)
        _ = ledger.apply(.desired(assignment(1), ticket))
        #expect(ledger.apply(.desired(assignment(2), ticket)).contains(.prepare(assignment(2))))
        #expect(!ledger.apply(.prepared(assignment(2))).contains(.activate(assignment(2))))
        try ledger.check(ticket)
        #expect(ledger.report().commit == .sample(1))
        #expect(ledger.apply(.ticketEnded(epoch: 4)).contains(.activate(assignment(2))))
    }

    @Test("a ticket that arrives while a revision is being activated is refused until that is over")
    func whileActivating() {
        var ledger = active(1)
        _ = ledger.apply(.desired(assignment(2), nil))
        _ = ledger.apply(.prepared(assignment(2)))
        let old = ticket(.sample(1), epoch: 4)
        #expect(!ledger.apply(.desired(assignment(2), old)).contains(.work(old)))
        #expect(ledger.refusal?.why == "another revision is being activated")
        let new = ticket(.sample(2), epoch: 5)
        #expect(!ledger.apply(.desired(assignment(2), new)).contains(.work(new)))
        #expect(ledger.apply(.activated(assignment(2))).contains(.work(new)))
    }

    @Test("a ticket that is taken back is cancelled, and held until its stage has stopped")
    func cancelled() {
        var ledger = active(1)
        let ticket = ticket(.sample(1), epoch: 4)
        _ = ledger.apply(.desired(assignment(1), ticket))
        _ = ledger.apply(.desired(assignment(2), ticket))
        _ = ledger.apply(.prepared(assignment(2)))
        let effects = ledger.apply(.desired(assignment(2), nil))
        #expect(effects.contains(.cancel(epoch: 4)))
        #expect(!effects.contains(.activate(assignment(2))))
        #expect(throws: TicketRefusal.self) { try ledger.check(ticket) }
        #expect(ledger.apply(.ticketEnded(epoch: 4)).contains(.activate(assignment(2))))
        _ = ledger.apply(.activated(assignment(2)))
        #expect(!ledger.apply(.desired(assignment(2), ticket)).contains(.work(ticket)))
    }

    @Test("a ticket below the fence is refused even where it matches")
    func fence() {
        var ledger = active(1)
        let newer = ticket(.sample(1), epoch: 7)
        _ = ledger.apply(.desired(assignment(1), newer))
        _ = ledger.apply(.ticketEnded(epoch: 7))
        let older = ticket(.sample(1), epoch: 6)
        #expect(!ledger.apply(.desired(assignment(1), older)).contains(.work(older)))
        let next = ticket(.sample(1), epoch: 8)
        #expect(ledger.apply(.desired(assignment(1), next)).contains(.work(next)))
    }

    @Test("a worker that isn't well takes no ticket, and takes it when it is well again")
    func degraded() {
        var ledger = active(1)
        _ = ledger.apply(.workerFailed(message: "killed by signal 9"))
        #expect(ledger.report().phase == .degraded)
        let ticket = ticket(.sample(1), epoch: 4)
        #expect(!ledger.apply(.desired(assignment(1), ticket)).contains(.work(ticket)))
        #expect(ledger.apply(.workerRestored).contains(.work(ticket)))
    }

    @Test("a restart lets go of the ticket and starts the worker before it takes another")
    func restarted() {
        var ledger = active(1)
        let ticket = ticket(.sample(1), epoch: 4)
        _ = ledger.apply(.desired(assignment(1), ticket))
        #expect(!ledger.apply(.restarted).contains(.work(ticket)))
        #expect(ledger.report().phase == .degraded)
        #expect(ledger.apply(.workerRestored).contains(.work(ticket)))
    }

    @Test("what failed is tried again only at a newer attempt, and what is active goes on meanwhile")
    func failure() {
        var ledger = active(1)
        _ = ledger.apply(.desired(assignment(2), nil))
        _ = ledger.apply(.prepareFailed(assignment(2), message: "no disk"))
        #expect(ledger.report().phase == .failed)
        #expect(ledger.report().commit == .sample(1))
        #expect(ledger.report().attempting == .sample(2))
        #expect(ledger.report().message == "no disk")
        #expect(!ledger.apply(.desired(assignment(2), nil)).contains(.prepare(assignment(2))))
        let again = assignment(2, attempt: 2)
        #expect(ledger.apply(.desired(again, nil)).contains(.prepare(again)))
    }

    @Test("a newer attempt at what is active needs no work; nothing assigned stops the worker")
    func sameContent() {
        var ledger = active(1)
        let effects = ledger.apply(.desired(assignment(1, attempt: 2), nil))
        #expect(effects == [.report])
        #expect(ledger.report().attempt == 2)
        #expect(ledger.apply(.desired(nil, nil)).contains(.deactivate))
        #expect(ledger.report().phase == .idle)
    }
}
