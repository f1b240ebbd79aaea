import Foundation

/// A Python that this machine has.
package struct PythonInterpreter: Codable, Sendable, Equatable {
    /// Where it really is, not a link or shim that leads to it.
    package var executable: String
    /// Such as `3.11.2`.
    package var version: String
    /// `linux-x86_64` and the like.
    package var platform: String

    /// Such as `3.11`: what wheels with native code are made for.
    package var minor: String { version.split(separator: ".").prefix(2).joined(separator: ".") }
}

extension PythonInterpreter {
    /// Finds what a flow's `runtime.python` asks for.
    ///
    /// - Parameters:
    ///   - wanted: `3.11` for that minor version, `>=3.11` for it or a newer one, `nil` for any Python 3. Where several
    ///     fit, `python3` goes first, then the lowest version.
    ///   - searchPath: Folders, with `:` between them, as in `PATH`.
    /// - Throws: `ArtifactError` that says what was found instead.
    package static func find(_ wanted: String?, searchPath: String? = nil) async throws -> PythonInterpreter {
        let wish = try Wish(wanted)
        let path = searchPath ?? ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        var found: [PythonInterpreter] = []
        var asked: Set<String> = []
        for name in wish.names {
            for folder in path.split(separator: ":") where folder.hasPrefix("/") {
                let candidate = "\(folder)/\(name)"
                guard FileManager.default.isExecutableFile(atPath: candidate), asked.insert(candidate).inserted,
                    let interpreter = try await ask(candidate, path: path)
                else { continue }
                if wish.fits(interpreter) { return interpreter }
                if !found.contains(interpreter) { found.append(interpreter) }
            }
        }
        let others = found.map { "\($0.version) at \($0.executable)" }.joined(separator: ", ")
        throw ArtifactError(
            "no \(wish) in PATH (\(others.isEmpty ? "no Python at all" : "found \(others)")): install it, "
                + "or change runtime.python in the flow"
        )
    }

    /// What the program says of itself; `nil` where it doesn't run, as a shim without its version does.
    private static func ask(_ candidate: String, path: String) async throws -> PythonInterpreter? {
        let code = """
            import json, sys, sysconfig
            print(json.dumps({"executable": sys.executable, "version": "%d.%d.%d" % sys.version_info[:3],
                              "platform": sysconfig.get_platform()}))
            """
        let line = try await answer(of: candidate, to: code, path: path)
        return line.flatMap { try? JSONDecoder().decode(PythonInterpreter.self, from: Data($0.utf8)) }
    }

    /// The wheel of pip that came with this Python, for `ensurepip`; Debian keeps it in a folder of its own. `nil` where
    /// there is none.
    func bundledPip() async throws -> String? {
        let code = """
            import ensurepip, glob, os
            folders = [getattr(ensurepip, "_WHEEL_PKG_DIR", None), os.path.join(ensurepip.__path__[0], "_bundled")]
            print(*[w for f in folders if f for w in sorted(glob.glob(os.path.join(f, "pip-*.whl")))][:1])
            """
        let line = try await Self.answer(of: executable, to: code, path: "/usr/bin:/bin")
        return line.flatMap { $0.hasPrefix("/") ? $0 : nil }
    }

    /// The last line that the program prints when it runs `code`; `nil` where it fails.
    private static func answer(of candidate: String, to code: String, path: String) async throws -> String? {
        let lines = LineCollector()
        let process = BoundedProcess(
            [candidate, "-I", "-c", code],
            in: URL(filePath: "/"),
            environment: ["PATH": path, "HOME": ProcessInfo.processInfo.environment["HOME"] ?? "/"],
            timeout: .seconds(20),
            outputLimit: 64 << 10
        )
        guard let end = try? await process.run(lines.append), end == .exited(0) else {
            try Task.checkCancellation()
            return nil
        }
        return lines.last
    }
}

/// A flow's `runtime.python`, read.
private struct Wish: CustomStringConvertible {
    let minor: Int?
    let orNewer: Bool

    init(_ text: String?) throws {
        guard let text else {
            minor = nil
            orNewer = true
            return
        }
        orNewer = text.hasPrefix(">=")
        let parts = (orNewer ? String(text.dropFirst(2)) : text).trimmingCharacters(in: .whitespaces)
            .split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == "3", let minor = Int(parts[1]), (0..<1000).contains(minor) else {
            throw ArtifactError("\"\(text)\" is not a version of Python such as 3.11 or >=3.11")
        }
        self.minor = minor
    }

    var names: [String] {
        guard let minor else { return ["python3", "python"] }
        let numbered = (orNewer ? Array(minor..<(minor + 20)) : [minor]).map { "python3.\($0)" }
        return orNewer ? ["python3"] + numbered + ["python"] : numbered + ["python3", "python"]
    }

    func fits(_ interpreter: PythonInterpreter) -> Bool {
        let parts = interpreter.version.split(separator: ".").compactMap { Int($0) }
        guard parts.count == 3, parts[0] == 3 else { return false }
        guard let minor else { return true }
        return orNewer ? parts[1] >= minor : parts[1] == minor
    }

    var description: String {
        guard let minor else { return "Python 3" }
        return orNewer ? "Python 3.\(minor) or newer" : "Python 3.\(minor)"
    }
}
