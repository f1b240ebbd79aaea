/// The move of a task's nodes from one release to another, in waves.
package struct Rollout: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable {
        case deploy
        /// Asked for by an operator: all nodes at once, since the release ran before.
        case undo
    }

    package enum Phase: String, Codable, Sendable, CaseIterable {
        /// A round is under way and `onNewRevision` is `finish`.
        case waitingForRound
        /// Nodes of the current wave are moving.
        case progressing
        /// The wave is healthy, and has to stay so for the hold time.
        case holding
        case paused
        case rollingBack
        case completed
        case rolledBack
        case failed
        /// A newer release took over.
        case superseded

        package var isFinal: Bool {
            switch self {
            case .completed, .rolledBack, .failed, .superseded: true
            default: false
            }
        }
    }

    package var number: Int
    package var kind: Kind
    package var to: Release
    package var from: Release?
    package var phase: Phase
    /// Index of the current wave, from 0; the wave after the flow's last one takes all nodes.
    package var wave: Int
    /// Nodes that this rollout has assigned to `to`, in the order in which it did.
    package var moved: [String]
    package var started: Instant
    package var waveStarted: Instant
    package var holdUntil: Instant?
    package var ended: Instant?
    /// Why it is paused, rolling back or failed.
    package var reason: String?

    package init(number: Int, kind: Kind, to: Release, from: Release?, started: Instant) {
        self.number = number
        self.kind = kind
        self.to = to
        self.from = from
        self.started = started
        phase = .waitingForRound
        wave = 0
        moved = []
        waveStarted = started
    }

    /// The sizes of its waves, counted from the first node of `total`; the last is always `total`.
    package func sizes(of total: Int) -> [Int] {
        guard kind == .deploy else { return [total] }
        var sizes: [Int] = []
        for wave in to.policy.rollout.waves {
            let size = wave.size(of: total)
            if size > (sizes.last ?? 0), size < total { sizes.append(size) }
        }
        return sizes + [total]
    }
}
