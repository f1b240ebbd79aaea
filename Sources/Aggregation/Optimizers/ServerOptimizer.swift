/// A server's step from the base model along the mean of the clients' changes, element by element.
protocol ServerOptimizer: Sendable {
    /// What it remembers of each element from round to round, zero at first.
    static var slots: [String] { get }

    /// - Parameters:
    ///   - round: Counted from 1, since the state began.
    ///   - change: The weighted mean of the clients' changes.
    ///   - slots: In the order of `slots`; changed to what the next round has to know.
    ///   - model: The base model; changed to the new one.
    func step(
        round: Int,
        change: UnsafeMutableBufferPointer<Double>,
        slots: [UnsafeMutableBufferPointer<Double>],
        model: UnsafeMutableBufferPointer<Double>
    )
}

/// What the adaptive optimisers of Reddi et al. have in common: m = beta1 · m + (1 - beta1) · change and
/// x = x + eta · m / (√v + tau); how `v` follows the squared change is each one's own.
enum AdaptiveStep {
    static let slots = ["first", "second"]

    @inline(__always)
    static func step(
        eta: Double,
        beta1: Double,
        tau: Double,
        change: UnsafeMutableBufferPointer<Double>,
        slots: [UnsafeMutableBufferPointer<Double>],
        model: UnsafeMutableBufferPointer<Double>,
        second: (_ v: Double, _ square: Double) -> Double
    ) {
        let (first, squares) = (slots[0], slots[1])
        for index in model.indices {
            let delta = change[index]
            first[index] = beta1 * first[index] + (1 - beta1) * delta
            squares[index] = second(squares[index], delta * delta)
            model[index] += eta * first[index] / (squares[index].squareRoot() + tau)
        }
    }
}
