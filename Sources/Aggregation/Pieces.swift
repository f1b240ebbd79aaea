import Dispatch
import Tensors

/// A part of a tensor, small enough that one core's share of the work isn't waited for by the others.
struct Piece: Sendable {
    /// The tensor's position in the model.
    let tensor: Int
    let elements: Range<Int>
}

/// All elements of a model, cut into pieces, and those put into batches of about equal size.
struct Pieces: Sendable {
    /// Elements of a batch: enough that handing one out costs nothing beside its work.
    static let batchSize = 1 << 17

    private let batches: [[Piece]]

    init(_ specs: [TensorSpec]) {
        var batches: [[Piece]] = []
        var batch: [Piece] = []
        var size = 0
        for (tensor, spec) in specs.enumerated() {
            for start in stride(from: 0, to: spec.count, by: Self.batchSize) {
                let elements = start..<min(start + Self.batchSize, spec.count)
                batch.append(Piece(tensor: tensor, elements: elements))
                size += elements.count
                guard size >= Self.batchSize else { continue }
                batches.append(batch)
                batch = []
                size = 0
            }
        }
        if !batch.isEmpty { batches.append(batch) }
        self.batches = batches
    }

    /// Calls `body` with each piece, on all cores, and returns when all are done.
    func onAllCores(_ body: @Sendable (Piece) -> Void) {
        guard batches.count > 1 else {
            batches.first?.forEach(body)
            return
        }
        DispatchQueue.concurrentPerform(iterations: batches.count) { batches[$0].forEach(body) }
    }
}
