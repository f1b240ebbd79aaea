package import Foundation
package import Tensors

/// FedProx: clients minimise their loss plus `mu / 2` times the squared distance to the global model; the server does
/// what `FedAvg` does.
///
/// Source: Li, Sahu, Zaheer, Sanjabi, Talwalkar, Smith, "Federated Optimization in Heterogeneous Networks", MLSys 2020,
/// equation 2 and algorithm 2. The mean is weighted by examples as Flower's is; the paper samples clients in proportion
/// to their examples and weighs them equally, which is the same in expectation. Memory and dtypes: those of `FedAvg`.
package struct FedProx: Aggregator {
    private var average: FedAvg

    package var updates: Int { average.updates }

    /// - Throws: When there is no memory for the sum.
    package init(reference: SafetensorsFile) throws(AggregationError) {
        average = try FedAvg(reference: reference)
    }

    package mutating func add(_ update: SafetensorsFile, _ numbers: UpdateNumbers) throws(UpdateRefusal) {
        try average.add(update, numbers)
    }

    package func write(to url: URL, metadata: [String: String]) throws {
        try average.write(to: url, metadata: metadata)
    }
}
