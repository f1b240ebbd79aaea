extension TaskState {
    /// Takes one event into account and says what is to be done. Pure: equal states and events give equal results.
    package mutating func apply(_ event: TaskEvent, at instant: Instant) -> [TaskEffect] {
        let before = duties()
        var effects: [TaskEffect] = []
        switch event {
        case .nodeChanged(let node): change(node, at: instant, &effects)
        case .nodeRemoved(let node):
            if members[node] != nil { note("it was removed", node: node, at: instant, &effects) }
            members[node] = nil
            heard[node] = nil
            holds[node] = nil
            histories?[node] = nil
            if round?.ticket.server == node {
                failRound("node \(node) was removed", at: instant, &effects)
            }
        case .reported(let node, let order, let engineURL, let report):
            take(report, of: node, order: order, engineURL: engineURL, at: instant)
        case .released(let release): take(release, at: instant, &effects)
        case .undo(let release): begin(.undo, to: release, at: instant, &effects)
        case .rolloutPaused(let reason): pauseRollout(reason, at: instant, &effects)
        case .rolloutResumed: resumeRollout(at: instant, &effects)
        case .runRequested(let goal, let epochs, let base):
            startRun(goal: goal, epochs: epochs, base: base, at: instant, &effects)
        case .runStopped(let reason): endRun(.stopped, reason, at: instant, &effects)
        case .roundEnded(let node, let result): take(result, of: node, at: instant, &effects)
        case .tick: break
        }
        failOverdueRound(at: instant, &effects)
        advanceRollout(at: instant, &effects)
        refreshHolds(at: instant)
        openRoundIfDue(at: instant, &effects)
        forgetUnusedReleases()
        let after = duties()
        let changed = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }
        if !changed.isEmpty { effects.append(.notify(changed.sorted())) }
        return effects
    }

    /// What each node should do, as far as it can change: its release and the epoch of its ticket.
    private func duties() -> [String: [Int?]] {
        members.mapValues { [$0.assigned, $0.attempt, ticket(for: $0.node)?.epoch] }
    }

    /// The ticket that `node` should hold now.
    package func ticket(for node: String) -> Ticket? {
        guard let ticket = round?.ticket, ticket.participants.contains(node) else { return nil }
        return ticket
    }

    private mutating func change(_ node: Member, at instant: Instant, _ effects: inout [TaskEffect]) {
        guard var member = members[node.node] else {
            members[node.node] = node
            return note("it joined as \(node.role.rawValue)", node: node.node, at: instant, &effects)
        }
        if member.draining != node.draining {
            let what =
                node.draining ? "it is drained: an operator took it out of rounds" : "it takes part in rounds again"
            note(what, node: node.node, at: instant, &effects)
        }
        member.role = node.role
        member.labels = node.labels
        member.draining = node.draining
        members[node.node] = member
    }

    private mutating func take(
        _ report: TaskReport?,
        of node: String,
        order: ReportOrder,
        engineURL: String?,
        at instant: Instant
    ) {
        guard var member = members[node] else { return }
        // A report that was overtaken on its way says what was true before, and counts neither as news nor as a sign
        // of life.
        if let last = member.order, order < last { return }
        // One boot with two ids is a cloned disk: the manager that was heard first is the node, the other is not.
        if let last = member.order, order.boot == last.boot, order.bootID != last.bootID { return }
        member.order = order
        member.engineURL = engineURL ?? member.engineURL
        member.report = report
        members[node] = member
        heard[node] = instant
        if let report { catchUp(with: report) }
    }

    /// Counts on from what nodes have seen: a controller whose database was restored would otherwise give epochs and
    /// versions of models twice, and nodes would rightly refuse its tickets.
    private mutating func catchUp(with report: TaskReport) {
        // Of a node that is out of its mind, this takes nothing that JSON can't hold and that couldn't be counted on from.
        let limit = 1 << 53
        if let fence = report.fence, fence <= limit { epoch = max(epoch, fence - 1) }
        if let newest = report.newestModel, newest <= limit { modelCount = max(modelCount, newest) }
    }

    private mutating func forgetUnusedReleases() {
        var used = Set(members.values.compactMap(\.assigned))
        if let current { used.insert(current) }
        if let rollout {
            used.insert(rollout.to.number)
            if let from = rollout.from { used.insert(from.number) }
        }
        releases = releases.filter { used.contains($0.key) }
    }
}
