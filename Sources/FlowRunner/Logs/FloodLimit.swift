/// Lets a burst of lines through and then so many a second, and counts the rest.
struct FloodLimit {
    static let burst = 5000.0
    static let perSecond = 500.0

    private var allowance = Self.burst
    private var last: ContinuousClock.Instant?
    private(set) var dropped = 0

    /// Whether a line at this time may pass.
    mutating func admit(at now: ContinuousClock.Instant) -> Bool {
        if let last { allowance = min(Self.burst, allowance + (now - last) / .seconds(1) * Self.perSecond) }
        last = now
        // After a drop it takes a second's worth, so that a steady flood gives blocks of lines and not single ones.
        guard allowance >= (dropped > 0 ? Self.perSecond : 1) else {
            dropped += 1
            return false
        }
        allowance -= 1
        return true
    }

    /// The line that tells of what was dropped since the last call, if anything was.
    mutating func takeNotice() -> String? {
        guard dropped > 0 else { return nil }
        defer { dropped = 0 }
        return "(\(dropped) lines dropped here: a stage may print \(Int(Self.perSecond)) lines a second)"
    }
}
