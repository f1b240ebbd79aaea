import Core
import Crypto
package import Foundation

/// A flow's file of requirements with the files that it includes.
package struct Requirements: Sendable, Equatable {
    package let file: URL
    /// What is wanted beside the file's, as pip takes it on its command line.
    package let added: [String]
    /// Name and bytes of each file, the outermost first: what decides which packages are wanted.
    private let parts: [Part]

    private struct Part: Sendable, Equatable {
        var name: String
        var content: Data
    }

    /// Reads the file and, through its `-r` and `-c` lines, those beside and beneath it.
    ///
    /// - Throws: `ArtifactError` naming file and line where it asks for something that isn't a package of an index:
    ///   local folders and archives are refused, since the revision's own files are on every node anyway, and options
    ///   that would let nodes differ from the build.
    package init(_ file: URL, adding added: [String] = []) throws {
        self.file = file
        self.added = added
        var parts: [Part] = []
        try Requirements.read(
            file.lastPathComponent,
            in: file.deletingLastPathComponent().standardizedFileURL,
            &parts
        )
        self.parts = parts
    }

    /// SHA-256 over all parts, in hexadecimal.
    package var fingerprint: String {
        var hash = SHA256()
        for part in parts {
            hash.update(data: Data("\(part.name)\n\(part.content.count)\n".utf8))
            hash.update(data: part.content)
        }
        for text in added { hash.update(data: Data("+\(text)\n".utf8)) }
        return ContentDigest(hash.finalize()).hex
    }

    /// Whether no line asks for anything.
    package var isEmpty: Bool {
        added.isEmpty
            && parts.allSatisfy { part in
                Requirements.lines(part.content).allSatisfy {
                    $0.text.hasPrefix("-r") || $0.text.hasPrefix("--requirement")
                }
            }
    }

    private static func read(_ name: String, in folder: URL, _ parts: inout [Part]) throws {
        guard !parts.contains(where: { $0.name == name }) else { return }
        guard parts.count < 50 else { throw ArtifactError("\(name): more than 50 files of requirements") }
        let place = folder.appending(path: name)
        guard let content = FileManager.default.contents(atPath: place.path) else {
            throw ArtifactError("\(name) is not there; runtime.requirements and the files it includes have to exist")
        }
        guard content.count <= 1 << 20 else { throw ArtifactError("\(name) is larger than 1 MiB") }
        parts.append(Part(name: name, content: content))
        for line in lines(content) {
            if let included = try include(line.text, at: "\(name):\(line.number)") {
                let path = URL(filePath: name, relativeTo: URL(filePath: "/")).deletingLastPathComponent()
                    .appending(path: included).standardizedFileURL.path
                guard !included.hasPrefix("/"), !included.split(separator: "/").contains("..") else {
                    throw ArtifactError("\(name):\(line.number): \(included) is outside of the folder of \(name)")
                }
                try read(String(path.dropFirst()), in: folder, &parts)
            } else {
                try check(line.text, at: "\(name):\(line.number)")
            }
        }
    }

    /// Lines with content, without comments, continuations joined, by the number of their first.
    private static func lines(_ content: Data) -> [(number: Int, text: String)] {
        var result: [(number: Int, text: String)] = []
        var joined: (number: Int, text: String)?
        let text = String(decoding: content, as: UTF8.self)
        for (index, raw) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            var line = String(raw)
            if let comment = line.range(of: #"(^|\s)#.*$"#, options: .regularExpression) {
                line.removeSubrange(comment)
            }
            let continues = line.hasSuffix("\\")
            if continues { line.removeLast() }
            let start = joined ?? (index + 1, "")
            joined = (start.number, start.text + line)
            if !continues, let whole = joined {
                let text = whole.text.trimmingCharacters(in: .whitespaces)
                if !text.isEmpty { result.append((whole.number, text)) }
                joined = nil
            }
        }
        return result
    }

    private static func include(_ line: String, at place: String) throws -> String? {
        for option in ["--requirement", "--constraint", "-r", "-c"] where line.hasPrefix(option) {
            let rest = line.dropFirst(option.count).drop { $0 == " " || $0 == "\t" || $0 == "=" }
            guard !rest.isEmpty, !rest.contains("://") else {
                throw ArtifactError("\(place): \(option) takes a file of the repository")
            }
            return String(rest)
        }
        return nil
    }

    private static func check(_ line: String, at place: String) throws {
        let lower = line.lowercased()
        let isLocal =
            lower.hasPrefix("-e") || lower.hasPrefix("--editable") || lower.hasPrefix(".") || lower.hasPrefix("/")
            || lower.contains("file:")
        if isLocal {
            throw ArtifactError(
                "\(place): \"\(line.prefix(100))\" is a local path; only packages of an index can be listed, and the "
                    + "revision's own code is on every node as it is"
            )
        }
        if lower.hasPrefix("--find-links") || lower.hasPrefix("-f ") {
            throw ArtifactError(
                "\(place): --find-links is the controller's to set (PIP_FIND_LINKS), not the revision's"
            )
        }
    }
}
