import Artifacts
import Foundation
import TestSupport
import Testing

@Suite("Processes with limits")
struct BoundedProcessTests {
    private func shell(
        _ script: String,
        in fixture: Fixture,
        timeout: Duration = .seconds(30),
        outputLimit: Int = 1 << 20,
        environment: [String: String] = ["PATH": "/usr/bin:/bin"]
    ) -> BoundedProcess {
        BoundedProcess(
            ["/bin/sh", "-c", script],
            in: fixture.folder,
            environment: environment,
            timeout: timeout,
            outputLimit: outputLimit
        )
    }

    /// Whether a process of this number, as the script wrote it down, is still there.
    private func isAlive(_ file: String, in fixture: Fixture) throws -> Bool {
        let text = try String(contentsOf: fixture.url(file), encoding: .utf8)
        let pid = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        return kill(pid, 0) == 0
    }

    @Test("Output comes line by line, from both streams, and the end is told")
    func ends() async throws {
        try await withFixture { fixture in
            let lines = LineCollector()
            let end = try await shell("echo one; echo two >&2; printf 'th\\tree\\r\\nno end'; exit 3", in: fixture)
                .run(lines.append)
            #expect(end == .exited(3))
            #expect(lines.lines == ["one", "two", "th\tree", "no end"])
            #expect(try await shell("kill -9 $$", in: fixture).run { _ in } == .signaled(9))
        }
    }

    @Test("Nothing of this process's environment is passed on")
    func environment() async throws {
        try await withFixture { fixture in
            let lines = LineCollector()
            _ = try await shell("env", in: fixture, environment: ["PATH": "/usr/bin:/bin", "A": "b"]).run(lines.append)
            let names = Set(lines.lines.map { String($0.prefix { $0 != "=" }) })
            // The shell adds these.
            #expect(names.subtracting(["PWD", "SHLVL", "_", "OLDPWD"]) == ["PATH", "A"])
        }
    }

    @Test("A hanging program is stopped with all that it started")
    func hangs() async throws {
        try await withFixture { fixture in
            let clock = ContinuousClock()
            let start = clock.now
            let script = "trap '' TERM; (trap '' TERM; echo $$ >own; sleep 300) & echo $! >child; wait; sleep 300"
            let end = try await shell(script, in: fixture, timeout: .milliseconds(500)).run { _ in }
            #expect(end == .timedOut)
            #expect(clock.now - start < .seconds(20))
            try await eventually("its child is gone") { try !isAlive("child", in: fixture) }
        }
    }

    @Test("A flood is stopped at the limit")
    func floods() async throws {
        try await withFixture { fixture in
            let lines = LineCollector(limit: .max)
            let end = try await shell("yes", in: fixture, outputLimit: 10_000).run(lines.append)
            #expect(end == .flooded)
            #expect(lines.lines.count == 5000)
            let long = LineCollector()
            _ = try await shell("head -c 20000 /dev/zero | tr '\\0' x; echo; echo ok", in: fixture).run(long.append)
            #expect(long.lines.count == 2)
            #expect(long.lines[0].hasSuffix("x… (11808 more bytes)"))
        }
    }

    @Test("What a program leaves in the background neither keeps it from ending nor outlives it")
    func background() async throws {
        try await withFixture { fixture in
            let clock = ContinuousClock()
            let start = clock.now
            let end = try await shell("sleep 300 & echo $! >child; echo done", in: fixture).run { _ in }
            #expect(end == .exited(0))
            #expect(clock.now - start < .seconds(20))
            try await eventually("the background process is gone") { try !isAlive("child", in: fixture) }
        }
    }

    @Test("Cancelling ends it")
    func cancels() async throws {
        try await withFixture { fixture in
            let process = shell("echo $$ >own; sleep 300", in: fixture)
            let task = Task { try await process.run { _ in } }
            try await eventually("it runs") { try isAlive("own", in: fixture) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(try !isAlive("own", in: fixture))
        }
    }

    @Test("A program that isn't there is named")
    func missing() async throws {
        try await withFixture { fixture in
            let process = BoundedProcess(
                ["/no/such/program"],
                in: fixture.folder,
                environment: [:],
                timeout: .seconds(5)
            )
            await #expect {
                try await process.run { _ in }
            } throws: { "\($0)".contains("/no/such/program could not be run") }
        }
    }
}
