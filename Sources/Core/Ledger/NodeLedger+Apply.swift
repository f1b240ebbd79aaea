extension NodeLedger {
    package mutating func apply(_ event: LedgerEvent) -> [LedgerEffect] {
        let before = self
        var effects: [LedgerEffect] = []
        switch event {
        case .desired(let assignment, let ticket):
            desired = assignment
            offered = ticket
        case .stepped(let assignment, let step):
            if preparing == assignment { self.step = step }
        case .prepared(let assignment):
            guard preparing == assignment else { break }
            preparing = nil
            step = nil
            prepared = assignment
        case .prepareFailed(let assignment, let message):
            guard preparing == assignment else { break }
            preparing = nil
            step = nil
            failed = FailedAssignment(assignment: assignment, message: message)
        case .activated(let assignment):
            guard activating == assignment else { break }
            activating = nil
            active = assignment
            degraded = nil
            failed = nil
        case .activationFailed(let assignment, let message):
            guard activating == assignment else { break }
            activating = nil
            failed = FailedAssignment(assignment: assignment, message: message)
        case .ticketEnded(let epoch):
            guard let held = inHand, held.ticket.epoch == epoch else { break }
            inHand = nil
            fence = max(fence, epoch + 1)
        case .workerFailed(let message): degraded = message
        case .workerRestored: degraded = nil
        case .restarted:
            preparing = nil
            prepared = nil
            activating = nil
            inHand = nil
            step = nil
            degraded = active == nil ? nil : "the worker is being started"
        }
        settleTicket(&effects)
        settleAssignment(&effects)
        if self != before { effects.append(.report) }
        return effects
    }

    /// Whether a stage of `ticket` may start now. Asked right before each stage, under the lock that activation takes.
    package func check(_ ticket: Ticket) throws(TicketRefusal) {
        guard let held = inHand, held.ticket == ticket, !held.cancelled else {
            throw refusal(of: ticket, "it is not in hand any more")
        }
        if let why = mismatch(with: ticket) { throw refusal(of: ticket, why) }
    }

    private mutating func settleTicket(_ effects: inout [LedgerEffect]) {
        if let held = inHand, offered?.epoch != held.ticket.epoch, !held.cancelled {
            inHand?.cancelled = true
            fence = max(fence, held.ticket.epoch + 1)
            effects.append(.cancel(epoch: held.ticket.epoch))
        }
        guard let offered, inHand == nil else {
            if self.offered == nil { refusal = nil }
            return
        }
        // A ticket whose work has ended here stays offered until the round ends everywhere.
        guard offered.epoch >= fence else { return }
        if let why = mismatch(with: offered) {
            refusal = refusal(of: offered, why)
            return
        }
        refusal = nil
        inHand = HeldTicket(ticket: offered)
        fence = max(fence, offered.epoch)
        effects.append(.work(offered))
    }

    private func mismatch(with ticket: Ticket) -> String? {
        if activating != nil { return "another revision is being activated" }
        guard let active else { return "no revision is active" }
        if active.commit != ticket.commit { return "another commit is active" }
        if active.digest != ticket.digest { return "another artifact of this commit is active" }
        if let degraded { return "the worker isn't well: \(degraded)" }
        return nil
    }

    private func refusal(of ticket: Ticket, _ why: String) -> TicketRefusal {
        TicketRefusal(epoch: ticket.epoch, ticketCommit: ticket.commit, activeCommit: active?.commit, why: why)
    }

    private mutating func settleAssignment(_ effects: inout [LedgerEffect]) {
        // What was made ready for an assignment that is no longer wanted isn't activated.
        if prepared != desired { prepared = nil }
        guard let desired else {
            if active != nil, inHand == nil, activating == nil {
                active = nil
                degraded = nil
                effects.append(.deactivate)
            }
            failed = nil
            return
        }
        if failed?.assignment != desired { failed = nil }
        if sameContent(desired, active) {
            // A newer attempt at what is already active needs no work.
            active = desired
            prepared = nil
            preparing = nil
            step = nil
            return
        }
        guard activating == nil, failed == nil else { return }
        if prepared == desired {
            guard inHand == nil else { return }
            prepared = nil
            activating = desired
            effects.append(.activate(desired))
        } else if preparing != desired {
            preparing = desired
            step = .fetching
            effects.append(.prepare(desired))
        }
    }

    private func sameContent(_ a: Assignment, _ b: Assignment?) -> Bool {
        a.commit == b?.commit && a.digest == b?.digest
    }

    /// What this account amounts to for the controller; worker facts are the manager's to add.
    package func report() -> TaskReport {
        var report = TaskReport(task: task, commit: active?.commit, digest: active?.digest, phase: phase)
        let underWay = activating ?? prepared ?? preparing ?? failed?.assignment
        report.attempting = underWay?.commit
        report.attempt = (underWay ?? active)?.attempt
        report.message = failed?.message ?? degraded ?? refusal?.description
        report.epoch = inHand?.ticket.epoch
        report.fence = fence == 0 ? nil : fence
        return report
    }

    private var phase: NodePhase {
        if activating != nil { return .activating }
        if failed != nil { return .failed }
        if let step { return step == .fetching ? .fetching : .preparing }
        if active == nil { return prepared == nil ? .idle : .preparing }
        if degraded != nil { return .degraded }
        return .ready
    }
}
