/// Which tags of a source count, and which of several is the highest.
///
/// Two forms. A *range* of semantic versions looks like `>=1.2 <2`, `^1.4`, `~1.2.3`, `1.x`, `1.2 - 1.4` or
/// `^1.4 || ^2.0`; see ``VersionRange``. Everything else is a *glob* over whole names: `*`, `v*`, `release-?`,
/// `v[12].*`; see ``TagGlob``.
package struct TagRule: Sendable, Equatable {
    private enum Form: Sendable, Equatable {
        case range(VersionRange)
        case glob(TagGlob)
    }

    private static let longest = 200
    private let form: Form
    package let text: String

    /// Reads either form; the error says what is wrong with the text, and what would be right.
    package init(_ text: String) throws(TagRuleError) {
        guard !text.isEmpty else { throw TagRuleError(text, "it is empty; \"*\" takes every tag") }
        guard text.utf8.count <= Self.longest else {
            throw TagRuleError(text, "it is longer than \(Self.longest) characters")
        }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else {
            throw TagRuleError(text, "it holds a control character")
        }
        self.text = text
        form = VersionRange.isMeant(by: text) ? .range(try VersionRange(text)) : .glob(try TagGlob(text))
    }

    /// Whether a tag of this name counts.
    package func matches(_ name: String) -> Bool {
        switch form {
        case .range(let range): Version(tag: name).map(range.contains) ?? false
        case .glob(let glob): glob.matches(name)
        }
    }

    /// The highest tag that counts; nil where none does.
    ///
    /// Names that are versions are ordered by precedence, and are higher than names that aren't; those are in natural
    /// order, in which `release-10` follows `release-9`. For a glob, what is before its first wildcard may precede the
    /// version: `model-*` orders `model-1.10.0` after `model-1.9.0`.
    package func select(from names: [String]) -> String? {
        names.filter(matches).max { rank($0) < rank($1) }
    }

    private func rank(_ name: String) -> TagRank {
        if let version = Version(tag: name) { return TagRank(name: name, version: version) }
        guard case .glob(let glob) = form, name.hasPrefix(glob.literalPrefix) else { return TagRank(name: name) }
        return TagRank(name: name, version: Version(tag: String(name.dropFirst(glob.literalPrefix.count))))
    }
}

extension TagRule: CustomStringConvertible {
    package var description: String { text }
}

/// Why a text is no tag rule.
package struct TagRuleError: Error, Sendable, Equatable, CustomStringConvertible {
    package let text: String
    package let why: String

    init(_ text: String, _ why: String) {
        self.text = text
        self.why = why
    }

    package var description: String {
        "tag rule \(text.quotedForPeople()): \(why)"
    }
}

/// Where a tag stands among others. No two different names are equal.
private struct TagRank: Comparable {
    let name: String
    var version: Version?

    static func < (left: TagRank, right: TagRank) -> Bool {
        switch (left.version, right.version) {
        case (nil, _?): return true
        case (_?, nil): return false
        case (let a?, let b?) where a != b: return a < b
        default: return NaturalOrder.precedes(left.name, right.name)
        }
    }
}
