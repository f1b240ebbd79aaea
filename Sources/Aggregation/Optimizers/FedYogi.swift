/// FedYogi: Yogi on the server. As `FedAdam` without bias correction, with
/// v⁺ = v - (1 - beta2) · change² · sign(v - change²).
///
/// Source: Reddi et al., "Adaptive Federated Optimization", ICLR 2021, algorithm 2. Weights, first `v` and defaults are those
/// of `flwr.serverapp.strategy.FedYogi`, as `FedAdam` says. Memory and dtypes: `ServerOptimized`, with two slots.
package struct FedYogi: ServerOptimizer, Equatable {
    package var eta: Double
    package var beta1: Double
    package var beta2: Double
    package var tau: Double

    package init(eta: Double, beta1: Double, beta2: Double, tau: Double) {
        self.eta = eta
        self.beta1 = beta1
        self.beta2 = beta2
        self.tau = tau
    }

    static let slots = AdaptiveStep.slots

    func step(
        round: Int,
        change: UnsafeMutableBufferPointer<Double>,
        slots: [UnsafeMutableBufferPointer<Double>],
        model: UnsafeMutableBufferPointer<Double>
    ) {
        AdaptiveStep.step(eta: eta, beta1: beta1, tau: tau, change: change, slots: slots, model: model) { v, square in
            // The sign of zero is zero.
            v == square ? v : v - (1 - beta2) * (v > square ? square : -square)
        }
    }
}
