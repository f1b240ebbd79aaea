import Core
import Foundation
import Synchronization

/// The controller's time, as far as it can be told from here: the deadlines of tickets count by it.
///
/// Each answer to a report says what the controller's clock showed while the request was on its way. The best of the
/// last samples is the one with the shortest way, since half of that bounds its error (Cristian, "Probabilistic clock
/// synchronization", 1989). It is carried on with a monotonic clock, so that a step of this machine's wall clock
/// changes nothing.
struct ClockEstimate: Sendable {
    struct Sample: Sendable {
        /// What the controller's clock showed at `at`, and by how many seconds that may be wrong.
        var time: Instant
        var at: Double
        var error: Double
    }

    private var samples: [Sample] = []
    static let kept = 8

    /// - Parameters:
    ///   - time: What the controller's clock showed at some moment between `sent` and `received`.
    ///   - sent: Seconds of the monotonic clock, like `received`.
    mutating func take(_ time: Instant, sent: Double, received: Double) {
        let way = max(0, received - sent)
        samples.append(Sample(time: time + way / 2, at: received, error: way / 2))
        if samples.count > Self.kept { samples.removeFirst() }
    }

    /// `nil` before the first sample.
    func now(at moment: Double) -> Instant? {
        samples.min { $0.error < $1.error }.map { $0.time + (moment - $0.at) }
    }
}

/// ``ClockEstimate`` behind a lock, with this machine's clocks.
final class ControllerClock: Sendable {
    private let estimate = Mutex(ClockEstimate())
    private let origin = ContinuousClock.now

    /// Seconds of a clock that never steps.
    var moment: Double { (ContinuousClock.now - origin) / .seconds(1) }

    func take(_ time: Instant, sent: Double) {
        let received = moment
        estimate.withLock { $0.take(time, sent: sent, received: received) }
    }

    /// This machine's own time before the controller has told its.
    func now() -> Instant {
        let moment = moment
        return estimate.withLock { $0.now(at: moment) } ?? Instant(Date())
    }
}
