import Dispatch
import Foundation
import Tensors

/// The updates of a round, kept as files: what robust strategies need, since they look at all updates of an element at
/// once.
///
/// The files are mapped and stay on disk for as long as this holds them, though their names may be gone; a round has as
/// many files open as updates. What is worked with at a time is a piece of each.
struct KeptUpdates: Sendable {
    struct Kept: Sendable {
        let node: String
        let file: SafetensorsFile
        /// For each tensor of the model, its position in the file.
        let places: [Int]
    }

    let reference: SafetensorsFile
    /// By node, so that nothing depends on the order of arrival.
    private(set) var all: [Kept] = []

    init(reference: SafetensorsFile) { self.reference = reference }

    mutating func add(_ update: SafetensorsFile, _ numbers: UpdateNumbers) throws(UpdateRefusal) {
        guard numbers.examples > 0 else {
            throw UpdateRefusal(.examples, "the update counts \(numbers.examples) examples: it was trained on nothing")
        }
        let places = try UpdateCheck.places(of: update, in: reference)
        try UpdateCheck.checkValues(of: update, Pieces(update.specs))
        let place = all.firstIndex { $0.node > numbers.node } ?? all.endIndex
        all.insert(Kept(node: numbers.node, file: update, places: places), at: place)
    }

    /// The bytes of some of the updates, each by the positions of its own file.
    func withTensors<Result>(_ updates: [Kept], _ body: ([TensorBytes]) throws -> Result) throws -> Result {
        func open(_ rest: ArraySlice<Kept>, _ opened: [TensorBytes]) throws -> Result {
            guard let first = rest.first else { return try body(opened) }
            return try first.file.withTensors { try open(rest.dropFirst(), opened + [$0]) }
        }
        return try open(updates[...], [])
    }

    /// - Throws: Where there are fewer than the strategy can work with.
    func check(_ name: String, needs least: Int, why: String) throws(AggregationError) {
        guard all.count >= least else {
            throw AggregationError("\(name) needs \(least) updates (\(why)), \(all.count) were counted")
        }
    }

    /// Writes, for each element, the mean of a window of some updates' sorted values.
    func write(_ updates: [Kept], window: Window, to url: URL, metadata: [String: String]) throws {
        try ModelWriting.write(like: reference, to: url, metadata: metadata) { piece, bytes in
            let dtype = reference.specs[piece.tensor].dtype
            return try reference.withTensors { base in
                try withTensors(updates) { tensors in
                    let rows = zip(updates, tensors).map { kept, tensors in
                        tensors.part(
                            of: Piece(tensor: kept.places[piece.tensor], elements: piece.elements),
                            dtype
                        )
                    }
                    return Columns(rows: rows, base: base.part(of: piece, dtype), dtype: dtype)
                        .reduce(window, into: bytes)
                }
            }
        }
    }
}
