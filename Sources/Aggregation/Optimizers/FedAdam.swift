#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// FedAdam: Adam on the server. m⁺ = beta1 · m + (1 - beta1) · change, v⁺ = beta2 · v + (1 - beta2) · change²,
/// x⁺ = x + eta · m⁺ / (√v⁺ + tau).
///
/// Source: Reddi, Charles, Zaheer, Garrett, Rush, Konečný, Kumar, McMahan, "Adaptive Federated Optimization", ICLR 2021,
/// algorithm 2, which has no bias correction; with `biasCorrection`, eta is multiplied by
/// √(1 - beta2^(t+1)) / (1 - beta1^(t+1)) in the state's round t, as Flower does (Kingma and Ba have t there). The change is
/// weighted by examples and `v` starts from zero, as in Flower; the paper has equal weights and v ≥ tau². Defaults: those
/// of `flwr.serverapp.strategy.FedAdam`; its `eta_l` is the clients' learning rate, which is the user's code's affair here.
/// Memory and dtypes: `ServerOptimized`, with two slots.
package struct FedAdam: ServerOptimizer, Equatable {
    package var eta: Double
    package var beta1: Double
    package var beta2: Double
    package var tau: Double
    package var biasCorrection: Bool

    package init(eta: Double, beta1: Double, beta2: Double, tau: Double, biasCorrection: Bool) {
        self.eta = eta
        self.beta1 = beta1
        self.beta2 = beta2
        self.tau = tau
        self.biasCorrection = biasCorrection
    }

    static let slots = AdaptiveStep.slots

    func step(
        round: Int,
        change: UnsafeMutableBufferPointer<Double>,
        slots: [UnsafeMutableBufferPointer<Double>],
        model: UnsafeMutableBufferPointer<Double>
    ) {
        var rate = eta
        if biasCorrection {
            let exponent = Double(round + 1)
            rate *= (1 - pow(beta2, exponent)).squareRoot() / (1 - pow(beta1, exponent))
        }
        AdaptiveStep.step(eta: rate, beta1: beta1, tau: tau, change: change, slots: slots, model: model) { v, square in
            beta2 * v + (1 - beta2) * square
        }
    }
}
