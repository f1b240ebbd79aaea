package import Foundation
package import Tensors

/// A model that code of the project's own makes of the updates, such as the strategy of a Flower app.
///
/// Updates are held against the base as for every strategy, and so is what that code makes of them. It reads the files of
/// all updates; nothing of them is in this process's memory.
package struct External: Aggregator {
    private let reference: SafetensorsFile
    private var examples = 0
    private var made: (model: SafetensorsFile, state: Data)?
    package private(set) var updates = 0

    package init(reference: SafetensorsFile) { self.reference = reference }

    package mutating func add(_ update: SafetensorsFile, _ numbers: UpdateNumbers) throws(UpdateRefusal) {
        try UpdateCheck.checkExamples(numbers.examples, after: examples)
        try UpdateCheck.check(update, against: reference)
        examples += numbers.examples
        updates += 1
    }

    /// Takes what was made of the updates.
    ///
    /// - Parameter state: What that code keeps until the next round; nobody else reads it.
    /// - Throws: `UpdateRefusal` where names, shapes and dtypes aren't the base's, or a value isn't finite.
    package mutating func take(_ model: SafetensorsFile, state: Data) throws(UpdateRefusal) {
        try UpdateCheck.check(model, against: reference)
        made = (model, state)
    }

    package func write(to url: URL, metadata: [String: String]) throws {
        guard let made else { throw AggregationError("nothing was made of the \(updates) updates") }
        try made.model.withTensors { tensors in
            let places = Dictionary(uniqueKeysWithValues: made.model.specs.enumerated().map { ($1.name, $0) })
            try ModelWriting.write(like: reference, to: url, metadata: metadata) { piece, bytes in
                let spec = reference.specs[piece.tensor]
                guard let place = places[spec.name] else { return 0 }
                bytes.copyMemory(from: tensors.part(of: Piece(tensor: place, elements: piece.elements), spec.dtype))
                return nil
            }
        }
    }

    package func writeState(to url: URL, metadata: [String: String]) throws -> Bool {
        guard let made else { return false }
        try ExternalState.write(made.state, to: url, metadata: metadata)
        return true
    }
}

/// What such code keeps from round to round: bytes of its own.
enum ExternalState {
    private static let name = ReservedName.of("serverapp", "strategy")

    static func write(_ content: Data, to url: URL, metadata: [String: String]) throws {
        let spec = try TensorSpec(name: name, dtype: .u8, shape: [content.count])
        var writer = try SafetensorsWriter(url: url, specs: [spec], metadata: metadata)
        try content.withUnsafeBytes { try writer.write($0) }
        try writer.finish()
    }

    static func flaw(of file: SafetensorsFile) -> String? {
        file.specs.map(\.name) == [name] && file.specs[0].dtype == .u8 ? nil : "it is the state of another strategy"
    }
}
