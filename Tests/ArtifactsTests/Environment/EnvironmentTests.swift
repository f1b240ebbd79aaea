import Artifacts
import Core
import Foundation
import TestSupport
import Testing

@Suite("Wheelhouses and virtual environments", .serialized)
struct EnvironmentTests {
    private func wheelhouse(_ fixture: Fixture, _ blobs: BlobStore) -> Wheelhouse {
        Wheelhouse(blobs: blobs, folder: fixture.url("wheelhouses"))
    }

    private func build(
        _ text: String,
        python: String? = nil,
        with wheelhouse: Wheelhouse,
        fixture: Fixture,
        log: LineCollector = LineCollector()
    ) async throws -> (manifest: WheelManifest, digest: ContentDigest) {
        let id = UUID().uuidString
        return try await wheelhouse.build(
            requirements: try fixture.write(text, to: "\(id)/requirements.txt"),
            python: python,
            scratch: try fixture.makeFolder("\(id)/scratch"),
            log: log.append,
            timeout: .seconds(300)
        )
    }

    @Test("Packages are resolved once, sdists become wheels, and a node installs exactly these without an index")
    func wholeWay() async throws {
        try await withFixture { fixture in
            let blobs = try BlobStore(root: fixture.url("blobs"))
            let log = LineCollector(limit: 1000)
            let houses = wheelhouse(fixture, blobs)
            // docopt is published as an sdist only.
            let text = "six==1.16.0\ndocopt==0.6.2\n"
            let (manifest, digest) = try await build(text, with: houses, fixture: fixture, log: log)
            #expect(
                manifest.wheels.map(\.name) == [
                    "docopt-0.6.2-py2.py3-none-any.whl", "six-1.16.0-py2.py3-none-any.whl",
                ]
            )
            #expect(blobs.missing(manifest.blobs).isEmpty)
            #expect(try WheelManifest(verifying: try blobs.data(digest), digest: digest) == manifest)

            let again = LineCollector(limit: 1000)
            #expect(try await build(text, with: houses, fixture: fixture, log: again).digest == digest)
            #expect(again.lines.count == 1 && again.lines[0].contains("unchanged requirements"))

            // Another controller, another day: the same bytes, the built wheel's among them.
            let others = try BlobStore(root: fixture.url("others"))
            let elsewhere = Wheelhouse(blobs: others, folder: fixture.url("elsewhere"))
            #expect(try await build(text, with: elsewhere, fixture: fixture).digest == digest)

            let folder = fixture.url("envs/\(digest.hex)")
            let install = LineCollector(limit: 1000)
            let python = try await VirtualEnvironment.prepare(
                manifest,
                blobs: blobs,
                folder: folder,
                log: install.append,
                timeout: .seconds(120)
            )
            #expect(!install.lines.contains { $0.contains("Looking in") || $0.contains("Downloading") })
            // Nothing else is in it, pip neither.
            let code = """
                from importlib.metadata import distributions
                print("\\n".join(sorted(f"{d.name}=={d.version}" for d in distributions())))
                """
            let listed = try await requireProcess(python.path, ["-c", code])
            #expect(listed == "docopt==0.6.2\nsix==1.16.0")

            let cached = LineCollector()
            let same = try await VirtualEnvironment.prepare(
                manifest,
                blobs: blobs,
                folder: folder,
                log: cached.append,
                timeout: .seconds(120)
            )
            #expect(same == python)
            #expect(cached.lines.isEmpty)
        }
    }

    @Test("A file without requirements gives an environment without packages")
    func empty() async throws {
        try await withFixture { fixture in
            let blobs = try BlobStore(root: fixture.url("blobs"))
            let built = try await build("# none yet\n", with: wheelhouse(fixture, blobs), fixture: fixture)
            #expect(built.manifest.wheels.isEmpty)
            let python = try await VirtualEnvironment.prepare(
                built.manifest,
                blobs: blobs,
                folder: fixture.url("envs/e"),
                log: { _ in },
                timeout: .seconds(120)
            )
            #expect(try await requireProcess(python.path, ["-c", "print(1)"]) == "1")
        }
    }

    @Test("pip's own reason is told when a package doesn't exist")
    func unknownPackage() async throws {
        try await withFixture { fixture in
            let blobs = try BlobStore(root: fixture.url("blobs"))
            await #expect {
                _ = try await build("six==0.0.0.1\n", with: wheelhouse(fixture, blobs), fixture: fixture)
            } throws: { error in
                "\(error)".contains("pip wheel of requirements.txt ended with 1: ERROR: Could not find a version")
            }
        }
    }

    @Test("An index that can't be reached is told apart from requirements that can't be met")
    func unreachableIndex() async throws {
        try await withFixture { fixture in
            let houses = Wheelhouse(
                blobs: try BlobStore(root: fixture.url("blobs")),
                folder: fixture.url("wheelhouses"),
                environment: ["PIP_INDEX_URL": "http://127.0.0.1:\(try freePort())/simple", "PIP_RETRIES": "1"]
            )
            await #expect {
                _ = try await build("six==1.16.0\n", with: houses, fixture: fixture)
            } throws: { error in
                error is IndexUnreachable && "\(error)".contains("Connection refused")
            }
        }
    }

    @Test("A wheel that rotted is found before it is installed, and no environment is left")
    func rot() async throws {
        try await withFixture { fixture in
            let blobs = try BlobStore(root: fixture.url("blobs"))
            let (manifest, _) = try await build("six\n", with: wheelhouse(fixture, blobs), fixture: fixture)
            let wheel = manifest.wheels[0]
            try Data("rot".utf8).write(to: blobs.url(of: wheel.sha256))
            let folder = fixture.url("envs/e")
            await #expect {
                _ = try await VirtualEnvironment.prepare(
                    manifest,
                    blobs: blobs,
                    folder: folder,
                    log: { _ in },
                    timeout: .seconds(120)
                )
            } throws: { "\($0)".contains("\(wheel.name) was damaged on disk") }
            #expect(!blobs.contains(wheel.sha256))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["lock"])
        }
    }

    @Test("Two preparations at once make one environment")
    func twoAtOnce() async throws {
        try await withFixture { fixture in
            let folder = fixture.url("envs/bare")
            let pythons = try await withThrowingTaskGroup(of: URL.self) { group in
                for _ in 1...3 {
                    group.addTask {
                        try await VirtualEnvironment.bare(
                            python: nil,
                            folder: folder,
                            log: { _ in },
                            timeout: .seconds(120)
                        )
                    }
                }
                return try await group.reduce(into: Set<URL>()) { $0.insert($1) }
            }
            #expect(pythons.count == 1)
            let python = try #require(pythons.first)
            #expect(try await requireProcess(python.path, ["-c", "print(40 + 2)"]) == "42")
        }
    }

    @Test("An environment whose making was killed is never used")
    func killed() async throws {
        try await withFixture { fixture in
            let folder = fixture.url("envs/bare")
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = folder.path as String] in
                _ = try await VirtualEnvironment.bare(
                    python: nil,
                    folder: URL(filePath: path),
                    log: { _ in
                        Thread.detachNewThread {
                            while (try? FileManager.default.subpathsOfDirectory(atPath: path).count) ?? 0 < 6 {}
                            kill(getpid(), SIGKILL)
                        }
                    },
                    timeout: .seconds(120)
                )
            }
            let halves = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(halves.count > 1, "something was begun: \(halves)")
            #expect(!halves.contains("environment.json"))
            let python = try await VirtualEnvironment.bare(
                python: nil,
                folder: folder,
                log: { _ in },
                timeout: .seconds(120)
            )
            #expect(try await requireProcess(python.path, ["-c", "import json; print(json.dumps(1))"]) == "1")
            #expect(!halves.contains(python.deletingLastPathComponent().deletingLastPathComponent().lastPathComponent))
        }
    }

    @Test("A node without the wheels' Python, or of another kind, says what it has")
    func mismatch() async throws {
        try await withFixture { fixture in
            let blobs = try BlobStore(root: fixture.url("blobs"))
            func message(_ manifest: WheelManifest) async -> String {
                do {
                    _ = try await VirtualEnvironment.prepare(
                        manifest,
                        blobs: blobs,
                        folder: fixture.url("envs/e"),
                        log: { _ in },
                        timeout: .seconds(60)
                    )
                    return ""
                } catch { return "\(error)" }
            }
            let mine = try await PythonInterpreter.find(nil)
            let old = await message(WheelManifest(python: "3.99", platform: mine.platform, wheels: []))
            #expect(
                old.hasPrefix(
                    "the revision's packages were built for Python 3.99 on \(mine.platform): no Python 3.99 in PATH"
                )
            )
            #expect(old.contains("found \(mine.version) at"))
            let other = await message(WheelManifest(python: mine.minor, platform: "plan9-mips", wheels: []))
            #expect(other.contains("were built for plan9-mips, this node is \(mine.platform)"))
            #expect(!FileManager.default.fileExists(atPath: fixture.url("envs/e").path))
        }
    }

    @Test("An interpreter is found by version; a program that only looks like one isn't")
    func interpreters() async throws {
        try await withFixture { fixture in
            let real = try await PythonInterpreter.find(nil)
            try fixture.write("#!/bin/sh\necho shim: not installed >&2\nexit 127\n", to: "bin/python3", mode: 0o755)
            try fixture.write(
                "#!/bin/sh\nexec \(real.executable) \"$@\"\n",
                to: "bin/python\(real.minor)",
                mode: 0o755
            )
            let path = fixture.url("bin").path
            #expect(try await PythonInterpreter.find(real.minor, searchPath: path) == real)
            #expect(try await PythonInterpreter.find(">=3.6", searchPath: path) == real)
            await #expect {
                _ = try await PythonInterpreter.find(nil, searchPath: path)
            } throws: { "\($0)".contains("no Python 3 in PATH (no Python at all)") }
            for text in ["3", "2.7", "3.x", ">3.11", "3.11.2"] {
                await #expect {
                    _ = try await PythonInterpreter.find(text)
                } throws: { "\($0)".contains("is not a version of Python") }
            }
        }
    }
}
