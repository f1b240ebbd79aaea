import Core
import FlowRunner
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct FailureTests {
    private func project(_ fixture: Fixture, train: String, extra: String = "") async throws -> Project {
        let code = """
            import ctypes, os, signal, subprocess, sys, time
            import numpy as np
            \(extra)
            def data(): return np.zeros(3)
            def model(): return {"w": np.zeros(2), "n": np.int64(0)}
            def train(model, data, epochs):
                \(train.replacing("\n", with: "\n    "))
            def evaluate(model, data): return {"ok": 1}
            """
        return try Project(
            fixture,
            files: ["flow.py": code],
            stages: Project.functions,
            python: try await PythonEnvironment.sklearn.python()
        )
    }

    private func trainFailure(_ project: Project, timeout: Duration = .seconds(180)) async throws -> StageFailure {
        try await project.worker.makeModel(to: project.base, project.context())
        return try await project.failure { () throws(StageFailure) in
            _ = try await project.worker.train(
                base: project.base,
                update: project.update,
                project.context(timeout: timeout)
            )
        }
    }

    @Test func anExceptionComesBackWithTheUsersFramesAndTheWorkerGoesOn() async throws {
        try await withFixture { fixture in
            let project = try await project(
                fixture,
                train: "helper()",
                extra: "def helper(): raise ValueError('bad\\ndata')"
            )
            try await project.start()
            let pid = project.worker.facts.pid
            let failure = try await trainFailure(project)
            #expect(failure.stage == "train")
            #expect(failure.kind == .exception)
            #expect(failure.message == "ValueError: bad data (flow.py:3 in helper)")
            let traceback = try #require(failure.traceback)
            #expect(traceback.contains(#"File "flow.py", line 7, in train"#), "\(traceback)")
            #expect(!traceback.contains("fedops_"), "\(traceback)")
            let evaluation = try await project.worker.evaluate(model: project.base, project.context())
            #expect(evaluation.metrics == ["ok": 1])
            #expect(project.worker.facts.pid == pid)
        }
    }

    @Test(arguments: [
        ("sys.exit(3)", "SystemExit: 3"), ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("import none_such_module", "ModuleNotFoundError: No module named 'none_such_module'"),
    ])
    func whatWouldEndTheInterpreterIsAFailureOfTheStage(train: String, message: String) async throws {
        try await withFixture { fixture in
            let project = try await project(fixture, train: train)
            try await project.start()
            let failure = try await trainFailure(project)
            #expect(failure.kind == .exception)
            #expect(failure.message.hasPrefix(message), "\(failure.message)")
            #expect(project.worker.facts.state == "idle")
        }
    }

    @Test(arguments: [
        ("os._exit(7)", "the worker ended with exit code 7", ""),
        ("os.kill(os.getpid(), signal.SIGKILL)", "the worker was killed by signal 9 (SIGKILL)", ""),
        ("ctypes.string_at(0)", "the worker was killed by signal 11 (SIGSEGV)", "Segmentation fault"),
        ("print('last words', file=sys.stderr); os.abort()", "the worker was killed by signal 6", "last words"),
    ])
    func aCrashIsToldAndTheWorkerStartsAgain(train: String, message: String, traceback: String) async throws {
        try await withFixture { fixture in
            let project = try await project(fixture, train: "if not os.path.exists('fine'):\n    " + train)
            try await project.start()
            async let exit = project.worker.waitForExit()
            let failure = try await trainFailure(project)
            #expect(failure.kind == .crash)
            #expect(failure.message.hasPrefix(message), "\(failure.message)")
            #expect(failure.traceback?.contains(traceback) ?? traceback.isEmpty)
            #expect(await exit?.hasPrefix(message) == true)
            try await eventually("it is known as crashed") { project.worker.facts.state == "crashed" }
            try fixture.write("", to: "revision/fine")
            try await project.start()
            _ = try await project.round()
            #expect(project.worker.facts.restarts == 1)
        }
    }

    @Test func aHangIsKilledWithAllThatItStartedAndToldWhereItHung() async throws {
        try await withFixture { fixture in
            let hang = """
                child = subprocess.Popen(["sh", "-c", "trap '' TERM; while :; do sleep 1; done"])
                print("child", child.pid)
                time.sleep(600)
                """
            let project = try await project(fixture, train: hang)
            try await project.start()
            let pid = try #require(project.worker.facts.pid)
            let begin = ContinuousClock.now
            let failure = try await trainFailure(project, timeout: .seconds(5))
            #expect(ContinuousClock.now - begin < .seconds(60))
            #expect(failure.kind == .timeout)
            #expect(failure.message.contains("still running after 5 sec"), "\(failure.message)")
            #expect(failure.traceback?.contains("flow.py\", line 9 in train") == true, "\(failure.traceback ?? "")")
            let child = try #require(project.log.text("train").first.flatMap { Int($0.dropFirst(6)) })
            try await eventually("the child is gone") { !isAlive(child) && !isAlive(pid) }
        }
    }

    @Test func aCancelledStageDoesNotGoOn() async throws {
        try await withFixture { fixture in
            let project = try await project(fixture, train: "print('begun')\ntime.sleep(600)")
            try await project.start()
            let pid = try #require(project.worker.facts.pid)
            try await project.worker.makeModel(to: project.base, project.context())
            let training = Task { () throws(StageFailure) in
                try await project.worker.train(base: project.base, update: project.update, project.context())
            }
            try await eventually("training has begun", within: .seconds(120)) { project.log.text("train") == ["begun"] }
            #expect(project.worker.facts.state == "busy")
            training.cancel()
            let result = await training.result
            let failure = #expect(throws: StageFailure.self) { try result.get() }
            #expect(failure?.kind == .cancelled)
            #expect(!isAlive(pid))
            try await project.start()
            #expect(try await project.worker.evaluate(model: project.base, project.context()).metrics == ["ok": 1])
        }
    }

    @Test(arguments: [
        ("model['w'] = np.zeros(3)", "w has shape [3], not [2]"),
        ("model['w'] = np.zeros(2, np.float32)", "w has dtype F32, not F64"),
        ("model['v'] = model.pop('w')", "w is missing; v is new"),
        ("model['w'] = 'text'", "w of the model is a value of type str, not an array"),
        ("return object()", "flow:train (flow.py:6): it gave a value of type object"),
        ("return {'examples': -1}", "examples is -1, which is no number of examples"),
    ])
    func anUpdateThatDoesNotFitIsRefusedWithTheDifference(train: String, message: String) async throws {
        try await withFixture { fixture in
            let project = try await project(fixture, train: train)
            try await project.start()
            let failure = try await trainFailure(project)
            #expect(failure.kind == .invalid)
            #expect(failure.message.contains(message), "\(failure.message)")
            #expect(!FileManager.default.fileExists(atPath: project.update.path))
        }
    }

    @Test func aModelOfAnotherRevisionIsRefused() async throws {
        try await withFixture { fixture in
            let project = try await project(fixture, train: "pass")
            try await project.start()
            try await project.worker.makeModel(to: project.base, project.context())
            let code = try String(contentsOf: fixture.url("revision/flow.py"), encoding: .utf8)
            try fixture.write(code.replacing("np.zeros(2)", with: "np.zeros(5)"), to: "revision/flow.py")
            try await project.start()
            let failure = try await project.failure { () throws(StageFailure) in
                _ = try await project.worker.evaluate(model: project.base, project.context())
            }
            #expect(failure.message.contains("differs from the global one: w has shape [5], not [2]"), "\(failure)")
        }
    }

    @Test func stoppingEndsABusyWorkerGracefully() async throws {
        try await withFixture { fixture in
            let train = """
                signal.signal(signal.SIGTERM, lambda *_: (open("ended", "w").close(), os._exit(0)))
                print("begun")
                while True: time.sleep(0.05)
                """
            let project = try await project(fixture, train: train)
            try await project.start()
            try await project.worker.makeModel(to: project.base, project.context())
            async let failure = project.failure { () throws(StageFailure) in
                _ = try await project.worker.train(base: project.base, update: project.update, project.context())
            }
            async let exit = project.worker.waitForExit()
            try await eventually("training has begun", within: .seconds(120)) { project.log.text("train") == ["begun"] }
            await project.worker.stop()
            #expect(try await failure.kind == .cancelled)
            #expect(await exit == nil)
            #expect(FileManager.default.fileExists(atPath: fixture.url("revision/ended").path))
            #expect(project.worker.facts.state == "stopped")
        }
    }
}
