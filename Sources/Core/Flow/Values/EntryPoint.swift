/// A Python function by the module it is in: `package.module:function`, or `module:Class.method`.
package struct EntryPoint: Sendable, Equatable, Hashable {
    package let module: String
    package let function: String

    /// Reads `module:function`, both dotted names of Python identifiers in ASCII; nil for any other text.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, parts.allSatisfy(Self.isDottedName) else { return nil }
        module = parts[0]
        function = parts[1]
    }

    private static func isDottedName(_ text: String) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.utf8.first, first.isASCIILetter || first == UInt8(ascii: "_") else { return false }
            return part.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") }
        }
    }
}

extension EntryPoint: TextCodable {
    package static let textRule = "a function as module:function, both Python names"

    package var description: String { "\(module):\(function)" }
}
