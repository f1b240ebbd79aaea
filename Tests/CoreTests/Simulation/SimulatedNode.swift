import Core

/// A manager as the simulation sees it: its ledger, what survives a crash of it, and the work that is under way.
struct SimulatedNode {
    /// A stage that runs: what its worker was loaded from when it started, whatever happens to the ledger meanwhile.
    struct Work {
        var ticket: Ticket
        var trainedBy: (commit: CommitHash, digest: ContentDigest)?
        var delivered = false
    }

    let name: String
    let role: NodeRole
    var ledger: NodeLedger
    /// What is on disk: written before the effects of an event run.
    var disk: NodeLedger
    var boot = 1
    var sequence = 0
    var lastDocument = 0
    var preparing: Assignment?
    var activating: Assignment?
    var work: Work?
    var intake: RoundIntake?
    /// The result that is safe on the server node's disk and not yet answered.
    var unanswered: RoundResult?
    /// The epoch that the server node's disk says was begun.
    var begun: Int?

    init(_ name: String, _ role: NodeRole) {
        self.name = name
        self.role = role
        ledger = NodeLedger(task: "digits")
        disk = ledger
    }

    /// Applies an event and starts what it asks for; returns whether the ledger wants to report.
    mutating func apply(_ event: LedgerEvent, violations: inout [String]) {
        let held = ledger.inHand
        let effects = ledger.apply(event)
        disk = ledger
        for effect in effects {
            switch effect {
            case .prepare(let assignment): preparing = assignment
            case .activate(let assignment):
                if ledger.inHand != nil {
                    violations.append("\(name) activates while ticket \(held?.ticket.epoch ?? 0) is in hand")
                }
                activating = assignment
            case .work(let ticket): begin(ticket)
            case .cancel, .deactivate, .report: break
            }
        }
    }

    private mutating func begin(_ ticket: Ticket) {
        work = Work(ticket: ticket)
        guard role == .server else { return }
        if begun == ticket.epoch, unanswered == nil {
            // The round was under way when the manager died: nothing of it is left.
            unanswered = RoundResult(
                epoch: ticket.epoch,
                commit: ticket.commit,
                digest: ticket.digest,
                outcome: .failed(reason: "the server node restarted in the middle of the round")
            )
            return
        }
        begun = ticket.epoch
        var fresh = RoundIntake(ticket: ticket)
        fresh.initialised()
        intake = fresh
    }

    mutating func crash(violations: inout [String]) {
        ledger = disk
        preparing = nil
        activating = nil
        work = nil
        intake = nil
        boot += 1
        sequence = 0
        lastDocument = 0
        apply(.restarted, violations: &violations)
    }

    mutating func report() -> (ReportOrder, TaskReport) {
        sequence += 1
        return (ReportOrder(boot: boot, bootID: "\(name)-\(boot)", sequence: sequence), ledger.report())
    }
}
