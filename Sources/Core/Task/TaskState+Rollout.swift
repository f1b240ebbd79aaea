extension TaskState {
    mutating func take(_ release: Release, at instant: Instant, _ effects: inout [TaskEffect]) {
        guard release.number > latestRelease else { return }
        begin(.deploy, to: release, at: instant, &effects)
    }

    mutating func begin(_ kind: Rollout.Kind, to release: Release, at instant: Instant, _ effects: inout [TaskEffect]) {
        latestRelease = max(latestRelease, release.number)
        releases[release.number] = release
        finishRollout(.superseded, "revision \(release.name) took over", at: instant, &effects)
        rolloutCount += 1
        attemptCount += 1
        let from = current.flatMap { releases[$0] }
        rollout = Rollout(number: rolloutCount, kind: kind, to: release, from: from, started: instant)
        recordRollout(&effects)
        let undo = kind == .undo ? ", to undo another" : ""
        note("rollout \(rolloutCount) to \(release.name) (\(release.commit.short)) began\(undo)", at: instant, &effects)
        if round != nil, release.policy.onNewRevision == .abort {
            endRound(.aborted, "revision \(release.name) is being rolled out", at: instant, &effects)
        }
    }

    mutating func pauseRollout(_ reason: String, at instant: Instant, _ effects: inout [TaskEffect]) {
        guard let active = rollout, !active.phase.isFinal, active.phase != .rollingBack, active.phase != .paused else {
            return
        }
        rollout?.phase = .paused
        rollout?.reason = reason
        recordRollout(&effects)
        note(active, .paused, reason, at: instant, &effects)
    }

    mutating func resumeRollout(at instant: Instant, _ effects: inout [TaskEffect]) {
        guard let paused = rollout, paused.phase == .paused else { return }
        note("rollout \(paused.number) to \(paused.to.name) goes on", at: instant, &effects)
        attemptCount += 1
        rollout?.reason = nil
        rollout?.phase = .progressing
        rollout?.waveStarted = instant
        recordRollout(&effects)
    }

    mutating func advanceRollout(at instant: Instant, _ effects: inout [TaskEffect]) {
        // Each step leaves its phase or changes nothing, and waves are few: the loop ends.
        while stepRollout(at: instant, &effects) {}
        assignCurrentToIdleMembers()
    }

    /// One transition of the rollout; `false` when nothing is due.
    private mutating func stepRollout(at instant: Instant, _ effects: inout [TaskEffect]) -> Bool {
        guard let active = rollout else { return false }
        let nodes = selected(by: active.to)
        switch active.phase {
        case .waitingForRound:
            guard round == nil else { return false }
            rollout?.phase = .progressing
            rollout?.waveStarted = instant
            recordRollout(&effects)
            return true

        case .progressing, .holding:
            // A rollout that resumes must not touch nodes while a round is on.
            guard round == nil else { return false }
            var due = wave(of: active, among: nodes, at: instant)
            for member in due {
                assign(active.to.number, to: member.node, attempt: attemptCount)
                if rollout?.moved.contains(member.node) == false { rollout?.moved.append(member.node) }
            }
            due = due.compactMap { members[$0.node] }
            if let failure = failure(of: active, among: due, at: instant) {
                fail(active, failure, at: instant, &effects)
                return true
            }
            let online = due.filter { isFresh($0.node, at: instant) }
            let healthy = !online.isEmpty && online.allSatisfy { $0.isReady(on: active.to) }
            guard healthy else {
                if active.phase == .holding {
                    rollout?.phase = .progressing
                    rollout?.waveStarted = instant
                    return true
                }
                return false
            }
            guard active.phase == .holding else {
                rollout?.phase = .holding
                rollout?.holdUntil = instant + active.to.policy.rollout.hold
                recordRollout(&effects)
                return true
            }
            guard let until = active.holdUntil, instant >= until else { return false }
            if active.wave + 1 < active.sizes(of: nodes.count).count {
                rollout?.wave += 1
                rollout?.phase = .progressing
                rollout?.waveStarted = instant
                rollout?.holdUntil = nil
                recordRollout(&effects)
                return true
            }
            current = active.to.number
            finishRollout(.completed, nil, at: instant, &effects)
            quietSince = instant
            return true

        case .rollingBack:
            let online = nodes.filter { active.moved.contains($0.node) && isFresh($0.node, at: instant) }
            guard let from = active.from, online.allSatisfy({ $0.isReady(on: from) }) else { return false }
            finishRollout(.rolledBack, active.reason, at: instant, &effects)
            quietSince = instant
            return true

        case .paused, .completed, .rolledBack, .failed, .superseded:
            return false
        }
    }

    /// The nodes that should be on the new release in the current wave. Nodes that are offline come last, so that one
    /// of them can neither be a wave's proof of health nor block it.
    private func wave(of rollout: Rollout, among nodes: [Member], at instant: Instant) -> [Member] {
        let sizes = rollout.sizes(of: nodes.count)
        let size = rollout.wave < sizes.count ? sizes[rollout.wave] : nodes.count
        let moved = nodes.filter { rollout.moved.contains($0.node) }
        let others = nodes.filter { !rollout.moved.contains($0.node) }
        let online = others.filter { isFresh($0.node, at: instant) }
        let offline = others.filter { !isFresh($0.node, at: instant) }
        let isLast = size >= nodes.count
        return Array((moved + online + (isLast ? offline : [])).prefix(max(size, moved.count)))
    }

    /// Why the wave has failed, where it has.
    private func failure(of rollout: Rollout, among due: [Member], at instant: Instant) -> (node: String, why: String)?
    {
        // Nodes that were assigned just now still report what they did before.
        for member in due where rollout.moved.contains(member.node) && isFresh(member.node, at: instant) {
            if member.hasFailed(on: rollout.to) {
                return (
                    member.node, member.report?.message ?? "it reports \(member.report?.phase.rawValue ?? "nothing")"
                )
            }
            let overdue = instant.seconds(since: rollout.waveStarted) > rollout.to.policy.rollout.health
            if overdue, rollout.phase == .progressing, !member.isReady(on: rollout.to) {
                let seconds = Int(rollout.to.policy.rollout.health)
                return (member.node, "not healthy on \(rollout.to.commit.short) within \(seconds) s")
            }
        }
        return nil
    }

    private mutating func fail(
        _ active: Rollout,
        _ failure: (node: String, why: String),
        at instant: Instant,
        _ effects: inout [TaskEffect]
    ) {
        let reason = "node \(failure.node): \(failure.why)"
        note(
            "rollout \(active.number) to \(active.to.name) failed: \(failure.why)",
            node: failure.node,
            .warning,
            at: instant,
            &effects
        )
        // An undo that fails is not undone again: two releases that both fail would swap for ever.
        let rollsBack = active.to.policy.rollout.onFailure == .rollback && active.kind == .deploy
        guard rollsBack else { return pauseRollout(reason, at: instant, &effects) }
        attemptCount += 1
        for node in members.keys where members[node]?.assigned != nil {
            assign(active.from?.number, to: node, attempt: attemptCount)
        }
        rollout?.reason = reason
        if active.from == nil {
            finishRollout(.failed, reason, at: instant, &effects)
        } else {
            rollout?.phase = .rollingBack
            recordRollout(&effects)
        }
    }

    mutating func finishRollout(
        _ phase: Rollout.Phase,
        _ reason: String?,
        at instant: Instant,
        _ effects: inout [TaskEffect]
    ) {
        guard let active = rollout, !active.phase.isFinal else { return }
        rollout?.phase = phase
        rollout?.reason = reason
        rollout?.ended = instant
        recordRollout(&effects)
        note(active, phase, reason, at: instant, &effects)
    }

    /// Between rollouts every selected node belongs on the current release: one that joins late, or was offline.
    private mutating func assignCurrentToIdleMembers() {
        guard rollout?.phase.isFinal != false, let current, let release = releases[current] else {
            return assignUnassignedJoiners()
        }
        let nodes = Set(selected(by: release).map(\.node))
        for node in members.keys {
            let wanted = nodes.contains(node) ? current : nil
            if members[node]?.assigned != wanted { assign(wanted, to: node, attempt: attemptCount) }
        }
    }

    /// During a rollout, a node that has nothing yet starts on the release that the others come from.
    private mutating func assignUnassignedJoiners() {
        guard let from = rollout?.from, rollout?.phase.isFinal == false else { return }
        for member in selected(by: from) where member.assigned == nil {
            assign(from.number, to: member.node, attempt: attemptCount)
        }
    }

    private mutating func assign(_ release: Int?, to node: String, attempt: Int) {
        members[node]?.assigned = release
        members[node]?.attempt = release == nil ? nil : attempt
    }

    private func recordRollout(_ effects: inout [TaskEffect]) {
        if let rollout { effects.append(.record(.rollout(rollout))) }
    }
}
