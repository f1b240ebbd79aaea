import Core
import FlowRunner
import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Nothing that a worker started is left when it, or the manager, is gone.
@Suite(.serialized) struct LifetimeTests {
    /// Holds the interpreter's lock in C, so that no thread of Python runs.
    private static let code = """
        import ctypes, os, subprocess, time
        import numpy as np
        def data(): return np.zeros(3)
        def model(): return [np.zeros(1)]
        def train(model, data):
            child = subprocess.Popen(["sleep", "600"])
            with open("child.part", "w") as file: file.write(str(child.pid))
            os.rename("child.part", "child")
            ctypes.PyDLL(None).sleep(600)
        def evaluate(model): return {}
        """

    @Test(arguments: [false, true])
    func theWorkerEndsWhenItsManagerIsKilled(isBusy: Bool) async throws {
        try await withFixture { fixture in
            let python = try await PythonEnvironment.sklearn.python().path
            try fixture.write(Self.code, to: "revision/flow.py")
            let folder = fixture.folder.path
            // In a process of its own, which stands for the manager.
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [folder = folder as String, python = python as String, isBusy = isBusy as Bool] in
                try await Manager.run(in: URL(filePath: folder), python: URL(filePath: python), isBusy: isBusy)
            }
            let pids = try String(contentsOf: fixture.url("pids"), encoding: .utf8).split(separator: " ").compactMap {
                Int($0)
            }
            #expect(pids.count == (isBusy ? 2 : 1))
            defer { for pid in pids { kill(pid_t(pid), SIGKILL) } }
            try await eventually("the worker and its child are gone", within: .seconds(30)) {
                !pids.contains(where: isAlive)
            }
        }
    }

    @Test func aCommandEndsWhenItsManagerIsKilled() async throws {
        try await withFixture { fixture in
            try fixture.write(
                "#!/bin/sh\necho $$ >pid.part\nmv pid.part pid\nexec sleep 600\n",
                to: "revision/run",
                mode: 0o755
            )
            let folder = fixture.folder.path
            await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
                try await Manager.runCommand(in: URL(filePath: folder))
            }
            let text = try String(contentsOf: fixture.url("revision/pid"), encoding: .utf8)
            let pid = try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
            defer { kill(pid_t(pid), SIGKILL) }
            try await eventually("the command is gone", within: .seconds(30)) { !isAlive(pid) }
        }
    }

    @Test func manyStartsLeaveNoProcessAndNoDescriptor() async throws {
        try await withFixture { fixture in
            let project = try Project(
                fixture,
                files: ["flow.py": Self.code],
                stages: Project.functions,
                python: try await PythonEnvironment.sklearn.python()
            )
            try await project.start()
            let before = try openSockets()
            var pids: [Int] = []
            for _ in 0..<10 {
                try await project.start()
                pids.append(try #require(project.worker.facts.pid))
            }
            await project.worker.stop()
            // Reaped, not only dead.
            #expect(!pids.contains { FileManager.default.fileExists(atPath: "/proc/\($0)") })
            try await eventually("the sockets are closed") { try openSockets() <= before + 4 }
        }
    }

    /// Other tests run beside this one, so that the number moves a little.
    private func openSockets() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count { name in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)"))?.hasPrefix("socket:")
                == true
        }
    }
}

/// The part of a manager: starts a worker, notes its processes and is killed.
private enum Manager {
    static func run(in folder: URL, python: URL, isBusy: Bool) async throws {
        let worker = try Self.worker(in: folder, stages: Project.functions, python: python)
        try await worker.start(timeout: .seconds(180))
        var pids = worker.facts.pid.map { "\($0)" } ?? ""
        if isBusy {
            let base = folder.appending(path: "base.safetensors")
            let context = StageContext(round: 1, epochs: 1, timeout: .seconds(180))
            try await worker.makeModel(to: base, context)
            async let training = worker.train(base: base, update: folder.appending(path: "update"), context)
            let child = folder.appending(path: "revision/child")
            try await eventually("training has begun", within: .seconds(120)) {
                FileManager.default.fileExists(atPath: child.path)
            }
            pids += " " + (try String(contentsOf: child, encoding: .utf8))
            try Data(pids.utf8).write(to: folder.appending(path: "pids"))
            kill(getpid(), SIGKILL)
            _ = try await training
        }
        try Data(pids.utf8).write(to: folder.appending(path: "pids"))
        kill(getpid(), SIGKILL)
    }

    static func runCommand(in folder: URL) async throws {
        let stages = """
            {"data": {"command": ["true"], "with": {}}, "model": {"command": ["./run"], "with": {}},
             "train": {"command": ["true"], "with": {}}, "evaluate": {"command": ["true"], "with": {}}}
            """
        let worker = try Self.worker(in: folder, stages: stages, python: nil)
        try await worker.start(timeout: .seconds(180))
        let context = StageContext(round: 1, epochs: 1, timeout: .seconds(180))
        async let making: Void = worker.makeModel(to: folder.appending(path: "base"), context)
        let pid = folder.appending(path: "revision/pid")
        try await eventually("the command has begun", within: .seconds(120)) {
            FileManager.default.fileExists(atPath: pid.path)
        }
        kill(getpid(), SIGKILL)
        try await making
    }

    private static func worker(in folder: URL, stages: String, python: URL?) throws -> FlowWorker {
        FlowWorker(
            WorkerConfiguration(
                task: "test",
                node: "node-1",
                revision: folder.appending(path: "revision"),
                flow: try Project.flow(stages: stages, settings: "{}", check: nil, isPython: python != nil),
                python: python,
                scratch: folder.appending(path: "scratch"),
                log: { _ in }
            )
        )
    }
}
