/// Guesses what a person meant by a word that isn't known.
package enum NearestWord {
    /// The word with the fewest edits, where they are few for the word's length; capitals and hyphens make no
    /// difference, so that `on_new_revision` is `onNewRevision`.
    package static func of(_ text: String, among words: [String]) -> String? {
        let wanted = plain(text)
        guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
        let nearest = words.map { (word: $0, distance: distance(wanted, plain($0))) }.min { $0.distance < $1.distance }
        guard let nearest, nearest.distance <= max(1, wanted.count / 3) else { return nil }
        return nearest.word
    }

    private static func plain(_ text: String) -> [Character] {
        text.lowercased().filter { $0 != "_" && $0 != "-" }
    }

    /// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment: Damerau, "A technique
    /// for computer detection and correction of spelling errors", 1964).
    static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var least = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, beforeLast[j - 1] + 1) }
                row.append(least)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
