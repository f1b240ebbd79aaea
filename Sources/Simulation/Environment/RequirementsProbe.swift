import Artifacts
import Foundation

/// Asks an interpreter which of a file's requirements it lacks. Only what is installed is looked at; nothing is imported.
struct RequirementsProbe: Sendable {
    let python: String

    /// Names of what is missing or has another version, NumPy among them, which the worker itself needs. Lines that can't
    /// be judged count as missing: then an environment is made, where they are pip's to read.
    func missing(_ requirements: URL?) async throws -> [String] {
        let lines = LineCollector(limit: 1000)
        let end = try await BoundedProcess(
            [python, "-I", "-c", Self.code] + [requirements?.path].compactMap { $0 },
            in: URL(filePath: "/"),
            environment: ProcessInfo.processInfo.environment.filter { ["PATH", "HOME", "LANG"].contains($0.key) },
            timeout: .seconds(60),
            outputLimit: 1 << 20
        ).run(lines.append)
        guard end == .exited(0) else { throw ArtifactError("\(python) \(end): \(lines.last ?? "no output")") }
        return lines.lines
    }

    private static let code = """
        import glob, importlib, os, re, sys
        from importlib import metadata

        def parser():
            for name in ("packaging", "pip._vendor.packaging"):
                try: return importlib.import_module(name + ".requirements").Requirement
                except ImportError: pass

        # uv makes environments without pip: then that which would have come with this Python reads the lines.
        Requirement = parser()
        if Requirement is None:
            try:
                import ensurepip
                folders = [getattr(ensurepip, "_WHEEL_PKG_DIR", None), os.path.join(ensurepip.__path__[0], "_bundled")]
                wheels = [wheel for folder in folders if folder for wheel in glob.glob(os.path.join(folder, "pip-*.whl"))]
                sys.path += wheels[:1]
                Requirement = parser()
            except ImportError: pass

        def lines(path, seen):
            if path in seen: return
            seen.add(path)
            text = open(path, encoding="utf-8").read().replace("\\\\\\n", "")
            for line in text.splitlines():
                line = re.sub(r"(^|\\s)#.*$", "", line).strip()
                include = re.match(r"(?:-r|--requirement)[\\s=]*(.+)", line)
                if include: yield from lines(os.path.join(os.path.dirname(path), include[1]), seen)
                elif line and not line.startswith("-"): yield re.split(r"\\s--hash", line)[0]

        def lacks(line):
            if Requirement is None:
                name = re.match(r"[A-Za-z0-9._-]+", line)
                return line if name is None or not installed(name[0]) or re.search(r"[;@<>=!~]", line) else None
            try: wanted = Requirement(line)
            except Exception: return line
            if wanted.marker and not wanted.marker.evaluate(): return None
            found = installed(wanted.name)
            good = found and not wanted.url and wanted.specifier.contains(found, prereleases=True)
            return None if good else wanted.name

        def installed(name):
            try: return metadata.version(name)
            except metadata.PackageNotFoundError: return None

        wanted = [*(lines(sys.argv[1], set()) if len(sys.argv) > 1 else []), "numpy"]
        for name in dict.fromkeys(lack for lack in map(lacks, wanted) if lack): print(name)
        """
}
