/// What is known of a task's remote: which tags were seen where, which revision was chosen, and how polling fares.
package struct SourceState: Codable, Sendable, Equatable {
    package struct SeenTag: Codable, Sendable, Equatable {
        /// The commit at first sight; what the revision of this tag means for ever.
        package var commit: CommitHash
        /// Where the remote has it now, if that is another commit.
        package var movedTo: CommitHash?
        package var deleted = false
    }

    package var task: String
    package var spec: SourceSpec
    package var head: CommitHash?
    package var tags: [String: SeenTag] = [:]
    /// The newest revision chosen for a build.
    package var chosen: RevisionKey?
    package var revisionCount = 0
    /// Failed polls in a row.
    package var failures = 0
    package var lastFailure: PollFailure?
    package var lastPoll: Instant?
    package var nextPoll: Instant?
    /// Tags that match the rule but whose commit the branch doesn't hold.
    package var unreachable: [String] = []

    package init(task: String, spec: SourceSpec) {
        self.task = task
        self.spec = spec
    }
}

/// A revision by number, with what it was chosen for.
package struct RevisionKey: Codable, Sendable, Equatable, Hashable {
    package var number: Int
    package var name: String
    package var commit: CommitHash

    package init(number: Int, name: String, commit: CommitHash) {
        self.number = number
        self.name = name
        self.commit = commit
    }
}

/// A poll that didn't work, and who can mend it.
package struct PollFailure: Codable, Sendable, Equatable {
    /// `transient`, `auth`, `notFound`, `invalid`, `corrupt` or `refused`.
    package var kind: String
    package var message: String
    package var since: Instant

    package init(kind: String, message: String, since: Instant) {
        self.kind = kind
        self.message = message
        self.since = since
    }
}

/// What one poll saw.
package struct SourceObservation: Codable, Sendable, Equatable {
    package var head: CommitHash?
    /// Tag names to the commits that they lead to.
    package var tags: [String: CommitHash]
    /// Tags whose commit the branch holds.
    package var reachable: Set<String>

    package init(head: CommitHash?, tags: [String: CommitHash], reachable: Set<String>) {
        self.head = head
        self.tags = tags
        self.reachable = reachable
    }
}

package enum SourceEvent: Codable, Sendable, Equatable {
    /// `jitter` in 0..<1 spreads the next poll.
    case observed(SourceObservation, jitter: Double)
    case failed(PollFailure, jitter: Double)
    case specChanged(SourceSpec)
}

package enum SourceEffect: Codable, Sendable, Equatable {
    /// Build and test this revision, and hand it to the task when that worked. Journaled; doing it twice is harmless.
    case build(RevisionKey)
    case record(EventRecord)
}
