/// Growing waits between attempts, each shortened by a random part so that nodes that failed together don't come back
/// together.
struct Backoff {
    private let first: Double
    private let longest: Double
    private var attempts = 0

    /// - Parameters:
    ///   - first: Seconds before the second attempt; doubled each time.
    ///   - longest: Seconds that no wait exceeds.
    init(first: Double, longest: Double) {
        self.first = first
        self.longest = longest
    }

    mutating func reset() { attempts = 0 }

    /// Between half of the wait that is due and all of it.
    mutating func next() -> Duration {
        let due = min(longest, first * Double(1 << min(attempts, 20)))
        attempts += 1
        return .milliseconds(Int(due * 1000 * Double.random(in: 0.5...1)))
    }

    /// All of the wait that is due, for waits of one node alone.
    mutating func nextExact() -> Duration {
        let due = min(longest, first * Double(1 << min(attempts, 20)))
        attempts += 1
        return .milliseconds(Int(due * 1000))
    }
}
