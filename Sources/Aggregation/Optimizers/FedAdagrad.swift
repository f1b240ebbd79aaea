/// FedAdagrad: Adagrad on the server. v⁺ = v + change², x⁺ = x + eta · change / (√v⁺ + tau).
///
/// Source: Reddi et al., "Adaptive Federated Optimization", ICLR 2021, algorithm 2 with beta1 = 0, as in its experiments and
/// in `flwr.serverapp.strategy.FedAdagrad`, whose weights, first `v` and defaults these are (see `FedAdam`). Memory and
/// dtypes: `ServerOptimized`, with one slot.
package struct FedAdagrad: ServerOptimizer, Equatable {
    package var eta: Double
    package var tau: Double

    package init(eta: Double, tau: Double) {
        self.eta = eta
        self.tau = tau
    }

    static let slots = ["second"]

    func step(
        round: Int,
        change: UnsafeMutableBufferPointer<Double>,
        slots: [UnsafeMutableBufferPointer<Double>],
        model: UnsafeMutableBufferPointer<Double>
    ) {
        let squares = slots[0]
        for index in model.indices {
            squares[index] += change[index] * change[index]
            model[index] += eta * change[index] / (squares[index].squareRoot() + tau)
        }
    }
}
