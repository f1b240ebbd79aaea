package import Core

/// Body of `PUT evaluation`.
package struct EvaluationReport: Codable, Sendable, Equatable {
    package var commit: CommitHash
    package var digest: ContentDigest
    package var examples: Int
    package var metrics: [String: Double]

    package init(commit: CommitHash, digest: ContentDigest, examples: Int, metrics: [String: Double]) {
        self.commit = commit
        self.digest = digest
        self.examples = examples
        self.metrics = Metrics.presentable(metrics)
    }

    /// Whether an engine may take it into its account.
    var isPossible: Bool {
        (0...UpdateHead.maximumExamples).contains(examples) && Metrics.areValid(metrics)
    }
}

/// Body of `PUT lost`: a client will not deliver.
package struct LossReport: Codable, Sendable, Equatable {
    /// `model`, `data`, `train`, `evaluate` and the like.
    package var stage: String
    /// What went wrong, in one line.
    package var message: String

    package init(stage: String, message: String) {
        self.stage = stage
        self.message = message
    }

    /// As it stands in a round's account: one line, of limited length.
    var line: String {
        let text = "\(stage): \(message)"
        let first = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? stage
        return String(first.prefix(500))
    }
}

/// Answer of `GET status`: the round as its engine sees it.
package struct RoundStatus: Codable, Sendable, Equatable {
    package var task: String
    package var epoch: Int
    package var round: Int
    package var commit: CommitHash
    package var digest: ContentDigest
    package var phase: RoundIntake.Phase
    /// Nodes whose update is counted.
    package var counted: [String]
    /// Nodes whose evaluation is there.
    package var evaluated: [String]
    /// Nodes that will not deliver, and why.
    package var lost: [String: String]
    package var trainBy: Instant
    package var deadline: Instant
    package var reason: String?

    /// Whether nothing more is wanted of its clients.
    var isOver: Bool { phase == .finished || phase == .failed || reason != nil }
}

/// Answer of `PUT update` and of `PUT base`.
package struct UploadAnswer: Codable, Sendable, Equatable {
    package var sha256: ContentDigest
    package var bytes: Int
    /// Whether it had been taken before, and this was the same once more.
    package var repeated: Bool
}
