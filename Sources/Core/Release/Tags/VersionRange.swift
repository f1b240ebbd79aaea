/// A set of semantic versions: comparators that must all hold, in alternatives that are separated by `||`.
///
/// The grammar is that of npm's semver: `=`, `>`, `>=`, `<`, `<=`, `^`, `~`, missing or `x` parts, and `1.2 - 1.4`;
/// a comma may stand for a space. A pre-release counts only where its alternative names one: `>=2.0.0-rc.1` takes
/// `2.0.0-rc.2` and `2.1.0-beta`, `>=1.9` takes neither, and `>=0-0` takes all there are.
package struct VersionRange: Sendable, Equatable {
    /// The versions from `lower` up to `upper`.
    private struct Bounds: Sendable, Equatable {
        var lower: Version?
        var includesLower = true
        var upper: Version?
        var includesUpper = false

        func contains(_ version: Version) -> Bool {
            if let lower, includesLower ? version < lower : version <= lower { return false }
            if let upper, includesUpper ? version > upper : version >= upper { return false }
            return true
        }
    }

    private struct Alternative: Sendable, Equatable {
        var bounds: [Bounds] = []
        var takesPrereleases = false
    }

    private var alternatives: [Alternative]

    /// Whether a text means a range and not a glob: it has an operator, which names of tags can't have or hardly do,
    /// several words, or a version's shape with `x` in it.
    static func isMeant(by text: String) -> Bool {
        if text.contains("[") { return false }
        if text.contains(where: { "<>=^~| ,".contains($0) }) { return true }
        let partial = PartialVersion(text.hasPrefix("v") ? String(text.dropFirst()) : text)
        return partial?.hasWildcard == true && !text.contains("*")
    }

    init(_ text: String) throws(TagRuleError) {
        alternatives = []
        for part in Self.split(text, at: "||") {
            let words = part.split { $0 == " " || $0 == "," }.map(String.init)
            guard !words.isEmpty else { throw TagRuleError(text, "nothing stands on one side of \"||\"") }
            alternatives.append(try Self.alternative(words, of: text))
        }
    }

    package func contains(_ version: Version) -> Bool {
        alternatives.contains { alternative in
            (version.prerelease.isEmpty || alternative.takesPrereleases)
                && alternative.bounds.allSatisfy { $0.contains(version) }
        }
    }

    private static func split(_ text: String, at separator: String) -> [Substring] {
        var parts: [Substring] = []
        var rest = text[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(rest[..<range.lowerBound])
            rest = rest[range.upperBound...]
        }
        return parts + [rest]
    }

    private static func alternative(_ words: [String], of text: String) throws(TagRuleError) -> Alternative {
        var alternative = Alternative()
        var index = 0
        func version(_ word: String) throws(TagRuleError) -> PartialVersion {
            let bare = word.hasPrefix("v") || word.hasPrefix("V") ? String(word.dropFirst()) : word
            guard let partial = PartialVersion(bare) else {
                throw TagRuleError(
                    text,
                    "\(word.quotedForPeople()) is no version; a range looks like \">=1.2 <2\", \"^1.4\" or \"1.x\", "
                        + "a glob like \"v*\""
                )
            }
            if !partial.prerelease.isEmpty { alternative.takesPrereleases = true }
            return partial
        }
        while index < words.count {
            if index + 2 < words.count, words[index + 1] == "-" {
                let (low, high) = (try version(words[index]), try version(words[index + 2]))
                alternative.bounds.append(Bounds(lower: low.floor))
                alternative.bounds.append(upTo(high))
                index += 3
                continue
            }
            var word = words[index]
            let symbol = word.prefix { "<>=^~".contains($0) }
            word = String(word.dropFirst(symbol.count))
            // The operator may stand apart from its version.
            if word.isEmpty, !symbol.isEmpty, index + 1 < words.count {
                index += 1
                word = words[index]
            }
            index += 1
            guard !word.isEmpty else { throw TagRuleError(text, "no version follows \"\(symbol)\"") }
            let partial = try version(word)
            guard let bounds = bounds(String(symbol), partial) else {
                throw TagRuleError(text, "\"\(symbol)\" is no operator; =, >, >=, <, <=, ^ and ~ are")
            }
            alternative.bounds.append(bounds)
        }
        return alternative
    }

    private static func bounds(_ symbol: String, _ partial: PartialVersion) -> Bounds? {
        switch symbol {
        case "", "=": Bounds(lower: partial.floor, upper: partial.after, includesUpper: partial.isExact)
        case ">=": Bounds(lower: partial.floor)
        case ">":
            partial.isExact
                ? Bounds(lower: partial.floor, includesLower: false)
                // More than all of `1.2` is `1.3` and up; more than everything is nothing.
                : Bounds(lower: partial.after?.release, upper: partial.after == nil ? Version(0, 0, 0).lowest : nil)
        case "<": Bounds(upper: partial.isExact ? partial.floor : partial.floor.lowest)
        case "<=": upTo(partial)
        case "^": Bounds(lower: partial.floor, upper: partial.afterCompatible)
        case "~", "~>": Bounds(lower: partial.floor, upper: partial.afterClose)
        default: nil
        }
    }

    private static func upTo(_ partial: PartialVersion) -> Bounds {
        Bounds(upper: partial.after, includesUpper: partial.isExact)
    }
}

extension Version {
    /// Below all versions of these three numbers, its pre-releases included.
    fileprivate var lowest: Version { Version(major, minor, patch, prerelease: [.number("0")]) }

    fileprivate var release: Version { Version(major, minor, patch) }
}

extension PartialVersion {
    fileprivate var isExact: Bool { major != nil && minor != nil && patch != nil }

    /// The lowest release that it stands for.
    fileprivate var floor: Version { Version(major ?? 0, minor ?? 0, patch ?? 0, prerelease: prerelease) }

    /// What comes after all that it stands for; itself where it stands for one version, nil where for all.
    fileprivate var after: Version? {
        guard let major else { return nil }
        guard let minor else { return Version(major + 1, 0, 0).lowest }
        return patch == nil ? Version(major, minor + 1, 0).lowest : floor
    }

    /// The next version that may break something: the first number that isn't 0 goes up.
    fileprivate var afterCompatible: Version? {
        guard let major else { return nil }
        guard major == 0, let minor else { return Version(major + 1, 0, 0).lowest }
        guard minor == 0, let patch else { return Version(0, minor + 1, 0).lowest }
        return Version(0, 0, patch + 1).lowest
    }

    /// The next version with more than a patch.
    fileprivate var afterClose: Version? {
        guard let major else { return nil }
        return minor.map { Version(major, $0 + 1, 0).lowest } ?? Version(major + 1, 0, 0).lowest
    }
}
