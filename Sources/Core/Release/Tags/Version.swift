/// A semantic version (semver.org, 2.0.0). Build metadata is dropped: it has no part in precedence.
package struct Version: Sendable, Hashable {
    package var major: Int
    package var minor: Int
    package var patch: Int
    /// The identifiers after `-`; empty for a release.
    package var prerelease: [Identifier]

    /// One dot-separated part of a pre-release.
    package enum Identifier: Sendable, Hashable {
        /// Digits without leading zeros, however many.
        case number(String)
        case text(String)
    }

    package init(_ major: Int, _ minor: Int, _ patch: Int, prerelease: [Identifier] = []) {
        self.major = major
        self.minor = minor
        self.patch = patch
        self.prerelease = prerelease
    }

    /// Reads the name of a tag: `1.2.3`, with a leading `v` or without, with a pre-release and build metadata or
    /// without. `v1` and `1.2` count as `1.0.0` and `1.2.0`; a mere number, such as a date, is no version.
    package init?(tag name: String) {
        let hasPrefix = name.hasPrefix("v") || name.hasPrefix("V")
        guard let partial = PartialVersion(hasPrefix ? String(name.dropFirst()) : name), let major = partial.major,
            hasPrefix || partial.minor != nil, !partial.hasWildcard
        else { return nil }
        self.init(major, partial.minor ?? 0, partial.patch ?? 0, prerelease: partial.prerelease)
    }
}

extension Version: Comparable {
    /// Precedence by rule 11 of semver.org.
    package static func < (left: Version, right: Version) -> Bool {
        let (a, b) = ((left.major, left.minor, left.patch), (right.major, right.minor, right.patch))
        if a != b { return a < b }
        // A release is higher than its pre-releases, which are compared part by part; of two that agree as far as the
        // shorter goes, the longer is higher.
        if left.prerelease.isEmpty || right.prerelease.isEmpty {
            return !left.prerelease.isEmpty && right.prerelease.isEmpty
        }
        return left.prerelease.lexicographicallyPrecedes(right.prerelease)
    }
}

extension Version.Identifier: Comparable {
    /// Numbers by value and below texts, which are in ASCII order.
    package static func < (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.number(let a), .number(let b)): (a.utf8.count, a) < (b.utf8.count, b)
        case (.text(let a), .text(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
        case (.number, .text): true
        case (.text, .number): false
        }
    }

    /// Letters, digits and `-`; a number has no leading zero.
    init?(_ text: Substring) {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }) else {
            return nil
        }
        guard text.utf8.allSatisfy(\.isASCIIDigit) else {
            self = .text(String(text))
            return
        }
        guard text == "0" || !text.hasPrefix("0") else { return nil }
        self = .number(String(text))
    }
}

/// A version of which the right-hand parts may be missing, or be `x`, `X` or `*`.
struct PartialVersion {
    var major: Int?
    var minor: Int?
    var patch: Int?
    var prerelease: [Version.Identifier] = []
    var hasWildcard = false

    init?(_ text: String) {
        var rest = text[...]
        var build: Substring?
        if let plus = rest.firstIndex(of: "+") {
            build = rest[rest.index(after: plus)...]
            rest = rest[..<plus]
        }
        var suffix: Substring?
        if let dash = rest.firstIndex(of: "-") {
            suffix = rest[rest.index(after: dash)...]
            rest = rest[..<dash]
        }
        let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count) else { return nil }
        var numbers: [Int?] = []
        for part in parts {
            if ["x", "X", "*"].contains(part) {
                hasWildcard = true
                numbers.append(nil)
            } else {
                // After a wildcard nothing may be told apart again: `1.x.3` means nothing.
                guard !hasWildcard, let number = Self.number(part) else { return nil }
                numbers.append(number)
            }
        }
        numbers += [nil, nil]
        (major, minor, patch) = (numbers[0], numbers[1], numbers[2])
        if let suffix {
            let identifiers = suffix.split(separator: ".", omittingEmptySubsequences: false)
            prerelease = identifiers.compactMap(Version.Identifier.init)
            guard prerelease.count == identifiers.count, !hasWildcard else { return nil }
        }
        if let build {
            let valid = build.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
                !part.isEmpty && part.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }
            }
            guard valid else { return nil }
        }
    }

    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy(\.isASCIIDigit), text == "0" || !text.hasPrefix("0") else {
            return nil
        }
        // Room is left for the next version, which ranges are bounded by.
        return Int(text).flatMap { $0 < Int.max ? $0 : nil }
    }
}
