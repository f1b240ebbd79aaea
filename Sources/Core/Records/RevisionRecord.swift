/// What became of a revision's build.
package enum BuildState: String, Codable, Sendable, CaseIterable {
    case queued, building, testing, packing, ready, failed
    /// A newer revision was chosen before this one was built.
    case superseded

    /// Whether nothing more becomes of it.
    package var isFinal: Bool {
        switch self {
        case .ready, .failed, .superseded: true
        case .queued, .building, .testing, .packing: false
        }
    }
}

/// A revision and how its build fares.
package struct RevisionRecord: Codable, Sendable, Equatable {
    package var task: String
    package var number: Int
    /// The tag, or `branch@abbreviated-commit`.
    package var name: String
    package var commit: CommitHash
    package var state: BuildState
    package var digest: ContentDigest?
    package var environment: ContentDigest?
    package var subject: String?
    package var author: String?
    package var created: Instant
    package var finished: Instant?
    /// Why it failed, in one line.
    package var reason: String?
    /// The last lines of its log, where it failed.
    package var logTail: [String]?
    package var files: Int?
    package var bytes: Int?

    package init(
        task: String,
        number: Int,
        name: String,
        commit: CommitHash,
        state: BuildState,
        created: Instant
    ) {
        self.task = task
        self.number = number
        self.name = name
        self.commit = commit
        self.state = state
        self.created = created
    }
}
