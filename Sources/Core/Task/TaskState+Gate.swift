extension TaskState {
    /// Whether a round may open now, and if not, what each node would have to do.
    ///
    /// The gate is open iff the server node and every client of the round report, no longer ago than the lease, that
    /// their worker runs the target's commit and artifact, and no rollout is moving nodes. A selected node leaves that
    /// set only by the flow's `participants.wait` and `participants.minimum`.
    package func gate(at instant: Instant) -> GateVerdict {
        var verdict = GateVerdict(
            task: task,
            open: false,
            commit: target?.commit,
            digest: target?.digest,
            clients: [],
            server: nil,
            excluded: [],
            reasons: []
        )
        let since = quietSince ?? instant
        guard let target else {
            verdict.reasons = [
                GateReason(
                    node: task,
                    reports: "no revision",
                    wants: "a revision",
                    since: since,
                    why: "no revision has been built and rolled out yet"
                )
            ]
            return verdict
        }
        let policy = target.policy.participants
        let server = server(for: target)
        verdict.server = server?.node
        let clients = selected(by: target).filter { $0.role == .client }
        let held = clients.compactMap { holds[$0.node] }
        let ready = clients.filter { holds[$0.node] == nil }.map(\.node)

        if let server, let hold = holds[server.node] { verdict.reasons.append(hold) }
        if server == nil {
            verdict.reasons.append(
                GateReason(
                    node: task,
                    reports: "no server node",
                    wants: "a server node",
                    since: since,
                    why: "no registered node of role server matches the flow's participants.server.selector"
                )
            )
        }
        let patient = held.filter {
            instant.seconds(since: max($0.since, quietSince ?? $0.since)) < policy.wait
        }
        if let rollout, !rollout.phase.isFinal {
            verdict.reasons += held
            verdict.reasons.append(rolloutReason(rollout, target))
        } else if ready.count < max(1, policy.minimum) {
            verdict.reasons += held
            verdict.reasons.append(
                GateReason(
                    node: task,
                    reports: "\(ready.count) of \(clients.count) clients ready",
                    wants: "at least \(max(1, policy.minimum))",
                    since: held.map(\.since).max() ?? since,
                    why: "the flow's participants.minimum is \(policy.minimum)"
                )
            )
        } else if policy.extra == nil || ready.count < policy.sizes(of: clients.count).needed {
            // Who asks for more clients than are needed, so as not to wait for the slow, doesn't wait for them here either.
            verdict.reasons += patient
        }
        guard verdict.reasons.isEmpty else { return verdict }
        verdict.open = true
        verdict.excluded = held
        let choice = policy.choose(
            from: ready,
            task: task,
            epoch: epoch + 1,
            done: run?.done ?? 0,
            histories: histories ?? [:]
        )
        verdict.clients = choice.clients
        verdict.enough = choice.enough
        return verdict
    }

    private func rolloutReason(_ rollout: Rollout, _ target: Release) -> GateReason {
        let paused = rollout.phase == .paused ? ", paused: \(rollout.reason ?? "by an operator")" : ""
        return GateReason(
            node: task,
            reports: "rollout \(rollout.number) is \(rollout.phase.rawValue)",
            wants: "no rollout under way",
            since: rollout.started,
            why: "nodes are moving to \(target.name) (\(target.commit.short))\(paused)"
        )
    }

    /// Brings `holds` up to date; what a node reports may change while the time since which it holds doesn't.
    mutating func refreshHolds(at instant: Instant) {
        guard let target else {
            holds = [:]
            return
        }
        var fresh: [String: GateReason] = [:]
        for member in selected(by: target) {
            guard var hold = hold(of: member, on: target, at: instant) else { continue }
            hold.since = holds[member.node]?.since ?? instant
            fresh[member.node] = hold
        }
        holds = fresh
    }

    /// What keeps one node out of a round on `target`.
    private func hold(of member: Member, on target: Release, at instant: Instant) -> GateReason? {
        let reports = member.report?.commit?.text ?? "nothing"
        let wants = target.commit.text
        func reason(_ why: String, reports text: String? = nil) -> GateReason {
            GateReason(node: member.node, reports: text ?? reports, wants: wants, since: instant, why: why)
        }
        guard isFresh(member.node, at: instant) else {
            let last = member.report?.commit.map { "nothing (\($0.short) when it was last heard)" }
            return reason("offline: no report within the lease of \(Int(lease)) s", reports: last ?? "nothing")
        }
        if member.draining { return reason("draining: an operator took it out of rounds") }
        guard let report = member.report else { return reason("it hasn't reported this task yet") }
        guard report.phase == .ready else {
            let attempt = report.attempting.map { " \($0.short)" } ?? ""
            return reason("\(report.phase.rawValue)\(attempt)" + (report.message.map { ": \($0)" } ?? ""))
        }
        guard report.commit == target.commit else { return reason("runs another commit") }
        guard report.digest == target.digest else {
            return reason(
                "runs another artifact of this commit",
                reports: report.digest?.description ?? "no artifact"
            )
        }
        if member.role == .server, member.engineURL == nil {
            return reason("it doesn't say where clients reach its engine (manager option --advertise)")
        }
        return nil
    }
}
