/// Names a value that exists only when a stage runs: `$data`, `$data.train`, `$settings.rate`, `$round`, `$labels.site`.
package struct Reference: Sendable, Equatable, Hashable {
    package enum Source: String, Sendable, CaseIterable {
        /// What that stage gave back.
        case data, model, train
        /// The flow's `settings`.
        case settings
        /// The number of the round, from 1.
        case round
        /// The flow's `rounds.epochs`.
        case epochs
        /// The name of the node that runs the stage.
        case node
        /// The labels of that node.
        case labels
    }

    package var source: Source
    /// The way from the source's value to the one that is meant: keys of maps, attributes, or positions in tuples and
    /// lists, from 0. For `labels` at most one, the label's whole name. Empty for `round`, `epochs` and `node`.
    package var path: [String]

    package init(source: Source, path: [String] = []) {
        self.source = source
        self.path = path
    }

    /// Reads `$source` or `$source.name.name`; nil for any other text.
    package init?(_ text: String) {
        guard text.first == "$" else { return nil }
        let parts = text.dropFirst().split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let source = parts.first.flatMap({ Source(rawValue: String($0)) }) else { return nil }
        self.source = source
        guard parts.count == 2 else {
            path = []
            return
        }
        let rest = String(parts[1])
        switch source {
        case .round, .epochs, .node: return nil
        case .labels:
            guard Label.isName(rest) else { return nil }
            path = [rest]
        case .data, .model, .train, .settings:
            path = rest.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard path.allSatisfy(Self.isStep) else { return nil }
        }
    }

    /// Letters, digits, `_` and `-`: a key, an attribute or a position.
    private static func isStep(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }
}

extension Reference: TextCodable {
    package static let textRule =
        "a reference such as $data, $data.train, $model, $settings.rate, $round, $epochs, $node or $labels.site"

    package var description: String { (["$" + source.rawValue] + path).joined(separator: ".") }
}
