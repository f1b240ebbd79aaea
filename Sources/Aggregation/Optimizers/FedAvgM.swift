/// FedAvgM: momentum on the server. v⁺ = beta · v - change, x⁺ = x - eta · v⁺, where the change is the weighted mean of the
/// clients' changes.
///
/// Source: Hsu, Qi, Brown, "Measuring the Effects of Non-Identical Data Distribution for Federated Visual
/// Classification", 2019, section 4 (with eta 1), in the form of `flwr.serverapp.strategy.FedAvgM`. The default of
/// `beta` is the paper's 0.9; Flower's is 0, which is FedAvg. Memory and dtypes: `ServerOptimized`, with one slot.
package struct FedAvgM: ServerOptimizer, Equatable {
    package var eta: Double
    package var beta: Double

    package init(eta: Double, beta: Double) {
        self.eta = eta
        self.beta = beta
    }

    static let slots = ["momentum"]

    func step(
        round: Int,
        change: UnsafeMutableBufferPointer<Double>,
        slots: [UnsafeMutableBufferPointer<Double>],
        model: UnsafeMutableBufferPointer<Double>
    ) {
        let velocity = slots[0]
        for index in model.indices {
            velocity[index] = beta * velocity[index] - change[index]
            model[index] -= eta * velocity[index]
        }
    }
}
