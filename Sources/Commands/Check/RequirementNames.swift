import Core
import Foundation

/// The packages that a flow's file of requirements names.
enum RequirementNames {
    /// Normalised names of the file's packages and of the files that it includes; nil where they can't be told.
    static func of(_ flow: Flow, in folder: URL) -> Set<String>? {
        guard let file = flow.runtime.requirements else { return [] }
        var names: Set<String> = []
        var open = [file]
        var seen: Set<String> = []
        while let path = open.popLast() {
            guard seen.insert(path).inserted, seen.count < 20 else { continue }
            guard let text = try? String(contentsOf: folder.appending(path: path), encoding: .utf8) else { return nil }
            for line in text.split(whereSeparator: \.isNewline) {
                let line = line.prefix { $0 != "#" }.trimmingCharacters(in: .whitespaces)
                if let match = line.wholeMatch(of: /(?:-r|--requirement)[ =]*(.+)/) {
                    open.append(
                        ((path as NSString).deletingLastPathComponent as NSString).appendingPathComponent(
                            "\(match.output.1)"
                        )
                    )
                } else if let match = line.prefixMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]*/) {
                    names.insert(PackageNames.normalised("\(match.output)"))
                } else if line.hasSuffix(".whl") || line.hasPrefix(".") || line.hasPrefix("-e") {
                    return nil
                }
            }
        }
        return names
    }
}
