/// A series of rounds on one revision.
package struct Run: Codable, Sendable, Equatable {
    package enum Status: String, Codable, Sendable, CaseIterable {
        case running, completed, stopped, failed
        /// The task moved to another revision; the run that continues this one does its other rounds.
        case superseded
    }

    package var number: Int
    package var status: Status
    /// The revision of all its rounds; absent until its first round opens.
    package var release: Release?
    /// The run whose rounds this one goes on counting.
    package var continues: Int?
    /// Rounds to finish, those of the runs that it continues included.
    package var goal: Int
    /// Rounds finished, those of the runs that it continues included.
    package var done: Int
    /// Failed attempts since the last finished round.
    package var failures: Int
    /// No round opens before this instant.
    package var retryAt: Instant?
    /// Local epochs a round; the flow's where absent.
    package var epochs: Int?
    package var started: Instant
    package var ended: Instant?
    package var reason: String?
    /// How it fares by the metric of the flow's `rounds.stop`.
    package var progress: RunProgress?

    package init(number: Int, goal: Int, epochs: Int? = nil, started: Instant) {
        self.number = number
        self.goal = goal
        self.epochs = epochs
        self.started = started
        status = .running
        done = 0
        failures = 0
    }

    /// Seconds to wait after the given number of failures in a row: 2, 4, 8 … 300.
    package static func backoff(afterFailures failures: Int) -> Double {
        min(300, 2 * Double(1 << min(max(failures - 1, 0), 10)))
    }
}

/// Which global model a run starts from.
package enum RunBase: Codable, Sendable, Equatable {
    /// The task's newest global model, or a new one where it has none.
    case latest
    /// A model of the task, by version.
    case model(ModelReference)
    /// A new model, whatever the task already has.
    case scratch
}
