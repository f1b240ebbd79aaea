extension SourceState {
    /// Takes one poll's outcome into account. `rule` is the parsed `spec.tags`.
    package mutating func apply(_ event: SourceEvent, rule: TagRule, at instant: Instant) -> [SourceEffect] {
        var effects: [SourceEffect] = []
        switch event {
        case .specChanged(let new):
            spec = new
            nextPoll = instant
        case .failed(let failure, let jitter):
            failures += 1
            if lastFailure?.message != failure.message {
                record(.warning, "polling \(spec.url) failed: \(failure.message)", at: instant, &effects)
            }
            var failure = failure
            failure.since = lastFailure?.since ?? failure.since
            lastFailure = failure
            lastPoll = instant
            // Doubles from the interval up to a quarter of an hour, each time somewhere in the upper half.
            let delay = min(max(spec.interval, 900), spec.interval * Double(1 << min(failures, 10)))
            nextPoll = instant + delay * (0.5 + jitter / 2)
        case .observed(let observation, let jitter):
            if lastFailure != nil { record(.info, "\(spec.url) answers again", at: instant, &effects) }
            failures = 0
            lastFailure = nil
            lastPoll = instant
            nextPoll = instant + spec.interval * (0.9 + jitter * 0.2)
            observe(observation, rule: rule, at: instant, &effects)
        }
        return effects
    }

    private mutating func observe(
        _ seen: SourceObservation,
        rule: TagRule,
        at instant: Instant,
        _ effects: inout [SourceEffect]
    ) {
        head = seen.head
        compareTags(with: seen, at: instant, &effects)
        let sound = seen.tags.keys.filter { tags[$0]?.movedTo == nil }
        unreachable = sound.filter { rule.select(from: [$0]) != nil && !seen.reachable.contains($0) }.sorted()
        switch spec.deployOn {
        case .push:
            guard let head = seen.head, head != chosen?.commit else { return }
            choose("\(spec.branch)@\(head.short)", head, &effects)
        case .tag:
            let candidates = sound.filter { seen.reachable.contains($0) }.sorted()
            guard let best = rule.select(from: candidates), best != chosen?.name, let commit = tags[best]?.commit else {
                return
            }
            // Only ever upwards: when the highest tag disappears, nodes don't fall back to an older one.
            if let chosen, rule.select(from: [chosen.name, best]) == chosen.name { return }
            choose(best, commit, &effects)
        }
    }

    private mutating func choose(_ name: String, _ commit: CommitHash, _ effects: inout [SourceEffect]) {
        revisionCount += 1
        let key = RevisionKey(number: revisionCount, name: name, commit: commit)
        chosen = key
        effects.append(.build(key))
    }

    private mutating func compareTags(
        with seen: SourceObservation,
        at instant: Instant,
        _ effects: inout [SourceEffect]
    ) {
        for (name, commit) in seen.tags.sorted(by: { $0.key < $1.key }) {
            guard var known = tags[name] else {
                tags[name] = SeenTag(commit: commit)
                continue
            }
            if known.deleted { record(.warning, "tag \(name) is back", at: instant, &effects) }
            known.deleted = false
            let movedTo = commit == known.commit ? nil : commit
            if movedTo != known.movedTo {
                record(
                    .warning,
                    movedTo.map {
                        "tag \(name) moved from \(known.commit.short) to \($0.short); its revision stays at "
                            + "\(known.commit.short), push a new tag to deploy the other commit"
                    } ?? "tag \(name) is at \(known.commit.short) again",
                    at: instant,
                    &effects
                )
            }
            known.movedTo = movedTo
            tags[name] = known
        }
        for name in tags.keys.sorted() where seen.tags[name] == nil && tags[name]?.deleted == false {
            tags[name]?.deleted = true
            record(.warning, "tag \(name) was deleted from the remote; its revision stays", at: instant, &effects)
        }
    }

    private func record(
        _ kind: EventRecord.Kind,
        _ message: String,
        at instant: Instant,
        _ effects: inout [SourceEffect]
    ) {
        effects.append(.record(EventRecord(task: task, at: instant, kind: kind, message: message)))
    }
}
