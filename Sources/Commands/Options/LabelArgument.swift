import ArgumentParser
import Core

/// A label as `name=value`.
package struct LabelArgument: ExpressibleByArgument, Sendable {
    package let name: String
    package let value: String

    package init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, Label.isName(parts[0]), Label.isValue(parts[1]) else { return nil }
        (name, value) = (parts[0], parts[1])
    }

    package static func map(_ labels: [LabelArgument]) -> [String: String] {
        Dictionary(labels.map { ($0.name, $0.value) }) { $1 }
    }
}
