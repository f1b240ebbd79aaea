/// A glob over the names of a model's tensors, whose parts are joined by dots: `*` stands for anything within a part, `**`
/// as a part of its own for any number of parts, none included. It is held against the whole name.
///
/// What it fits, only the model can tell; the worker does.
package struct TensorPattern: Sendable, Equatable, Hashable {
    package let text: String

    /// Reads parts that are not empty, without spaces and control characters, of at most 512 bytes in all.
    package init?(_ text: String) {
        let isPlain = text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7f }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...512).contains(text.utf8.count), isPlain,
            parts.allSatisfy({ !$0.isEmpty && ($0 == "**" || !$0.contains("**")) })
        else { return nil }
        self.text = text
    }
}

extension TensorPattern: TextCodable {
    package static let textRule = "a pattern of tensors such as head.** or **.bias, with ** as a part of its own,"

    package var description: String { text }
}
