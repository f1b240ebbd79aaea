package import Core
import Foundation
import Synchronization

/// The time that a local federation goes by. Waits between rounds are skipped, not slept.
package final class LocalClock: Sendable {
    package enum Kind: Sendable {
        /// Runs as the machine's own.
        case real
        /// Stands still but for what `advance` lets pass: how long the machine takes counts against no deadline.
        case simulated
    }

    package let kind: Kind
    private let start: Instant
    private let skipped = Mutex<Int64>(0)

    package init(_ kind: Kind) {
        self.kind = kind
        start = Instant(Date())
    }

    package func now() -> Instant {
        let origin = kind == .real ? Instant(Date()) : start
        return Instant(milliseconds: origin.milliseconds + skipped.withLock { $0 })
    }

    /// Lets time pass until `instant`; never turns it back.
    package func advance(to instant: Instant) {
        skipped.withLock { skipped in
            let origin = kind == .real ? Instant(Date()) : start
            skipped = max(skipped, instant.milliseconds - origin.milliseconds)
        }
    }
}
