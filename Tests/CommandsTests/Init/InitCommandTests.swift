import Core
import Foundation
import TestSupport
import Testing

@testable import Commands
@testable import fedops

/// What `fedops init` does to files, with options, and with people.
@Suite struct InitCommandTests {
    @Test("a flow that is there is kept, unless --force says otherwise")
    func force() async throws {
        try await withFixture { fixture in
            let folder = try copy("numpy", fixture)
            try Data("mine".utf8).write(to: folder.appending(path: "fedops.yaml"))
            let (status, recorder) = await command("init", folder.path, "--yes", "--no-import")
            #expect(status == 2)
            #expect(recorder.error.contains("--force"))
            #expect(try String(contentsOf: folder.appending(path: "fedops.yaml"), encoding: .utf8) == "mine")
            #expect(await command("init", folder.path, "--yes", "--no-import", "--force").status == 0)
            #expect(try flow(in: folder).task == "numpy")
        }
    }

    @Test("without a terminal and --yes it says what to pass, and writes nothing")
    func noTerminal() async throws {
        try await withFixture { fixture in
            let folder = try copy("numpy", fixture)
            let (status, recorder) = await command("init", folder.path)
            #expect(status == 2)
            #expect(recorder.error.contains("--yes") && recorder.error.contains("--evaluate"))
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "fedops.yaml").path))
        }
    }

    @Test("what the options name is taken, and a name that isn't there is told with the nearest")
    func named() async throws {
        try await withFixture { fixture in
            let folder = try copy("numpy", fixture)
            let (status, recorder) = await command(
                "init",
                folder.path,
                "--yes",
                "--no-import",
                "--train",
                "regression:fitt"
            )
            #expect(status == 2)
            #expect(recorder.error.contains("regression.py defines no fitt; did you mean regression:fit?"))
            let (done, page) = await command(
                "init",
                folder.path,
                "--no-import",
                "--task",
                "wards",
                "--data",
                "regression:make_samples",
                "--model",
                "regression:init_weights",
                "--train",
                "regression:fit",
                "--evaluate",
                "regression:score"
            )
            #expect(done == 0, "\(page.out)\(page.error)")
            #expect(try flow(in: folder).task == "wards")
            #expect(await command("init", folder.path, "--train", "fit").status == 2)
            #expect(await command("init", folder.path, "--task", "Not A Name").status == 2)
            #expect(await command("init", folder.path + "/nothing", "--yes").status == 2)
        }
    }

    @Test("what can't be read is left out and said: a syntax error, other encodings, huge files, links in circles")
    func awkward() async throws {
        try await withFixture { fixture in
            let folder = try copy("numpy", fixture)
            try fixture.write("def broken(:\n", to: "numpy/old.py")
            try Data([0x78, 0x20, 0x3D, 0x20, 0x22, 0xE9, 0x22, 0x0A]).write(to: folder.appending(path: "latin.py"))
            try Data("# coding: latin-1\nname = \"".utf8 + [0xE9] + "\"\n".utf8).write(
                to: folder.appending(path: "told.py")
            )
            try Data(String(repeating: "x = 1\n", count: 300_000).utf8).write(to: folder.appending(path: "table.py"))
            let files = FileManager.default
            try files.createSymbolicLink(atPath: folder.appending(path: "again").path, withDestinationPath: ".")
            try files.createSymbolicLink(atPath: folder.appending(path: "self.py").path, withDestinationPath: "self.py")
            try files.createSymbolicLink(
                atPath: folder.appending(path: "out.py").path,
                withDestinationPath: "/etc/hostname"
            )
            let (status, recorder) = await command("init", folder.path, "--yes", "--no-import")
            #expect(status == 0, "\(recorder.out)\(recorder.error)")
            #expect(recorder.out.contains("old.py:1 was left out: it is no Python"))
            #expect(recorder.out.contains("latin.py"))
            #expect(!recorder.out.contains("told.py"))
            #expect(recorder.out.contains("table.py was left out: it is larger than 1 MiB"))
            #expect(!recorder.out.contains("self.py") && !recorder.out.contains("out.py"))
        }
    }

    @Test("of more files than are read, the nearest are, and that is said")
    func many() async throws {
        try await withFixture { fixture in
            let folder = try copy("numpy", fixture)
            for group in 0..<20 {
                for index in 0..<1000 {
                    try fixture.write("value = \(index)\n", to: "numpy/pile/p\(group)/m\(index).py")
                }
            }
            let (status, recorder) = await command("init", folder.path, "--yes", "--no-import")
            #expect(status == 0, "\(recorder.out)\(recorder.error)")
            #expect(recorder.out.contains("only a part was read, the files nearest to the root"))
        }
    }

    @Test("a folder with requirements of its own is another project where the root has code")
    func projectsBelow() async throws {
        try await withFixture { fixture in
            let folder = try copy("torch", fixture)
            try FileManager.default.moveItem(
                at: try copy("sklearn", fixture),
                to: folder.appending(path: "churn")
            )
            let (status, recorder) = await command("init", folder.path, "--yes", "--no-import")
            #expect(status == 0, "\(recorder.out)\(recorder.error)")
            #expect(recorder.out.contains("churn was left out: it is a project of its own, with pyproject.toml"))
            #expect(try flow(in: folder).stages.data.call?.description == "data:get_loaders")
        }
    }

    @Test("an import on trial drops what is no model, and tells the parts of the data")
    func trial() async throws {
        try await withFixture { fixture in
            let python = try await PythonEnvironment.numpy()
            try fixture.write(
                """
                import numpy as np
                print("noise on standard output")

                def load_data(site="a"):
                    return arrays()

                def arrays():
                    return np.ones((4, 2)), np.zeros(4)

                def build_model():
                    value = np.zeros(2)
                    return describe(value)

                def describe(value):
                    return str(value)

                def init_weights():
                    return {"w": np.zeros(2)}

                def train(weights, X, y):
                    weights["w"] += X.mean(axis=0)

                def evaluate(weights, X, y):
                    return float(np.mean(y))
                """,
                to: "p/work.py"
            )
            let folder = fixture.url("p")
            let (status, recorder) = await command(
                "init",
                folder.path,
                "--yes",
                "--python",
                python.python.path,
                "--model",
                "work:build_model"
            )
            #expect(
                recorder.out.contains("work:build_model gave a builtins.str on trial, which is no model"),
                "\(recorder.out)"
            )
            #expect(status == 0, "\(recorder.out)\(recorder.error)")
            let (again, page) = await command("init", folder.path, "--yes", "--force", "--python", python.python.path)
            #expect(again == 0, "\(page.out)\(page.error)")
            let flow = try flow(in: folder)
            #expect(flow.stages.model.call?.description == "work:init_weights")
            #expect(flow.stages.train.with["X"].map { YAMLText.value($0.source) } == "$data.0")
            #expect(flow.stages.train.with["y"].map { YAMLText.value($0.source) } == "$data.1")
        }
    }

    @Test("on a terminal it asks, takes Enter for the first, a number, or a name")
    func terminal() async throws {
        try await withFixture { fixture in
            let folder = try copy("torch", fixture)
            let script = """
                import os, pty, sys, re
                answers = [b"\\n", b"\\n", b"9\\n", b"2\\n", b"train:test\\n", b"lesions\\n"]
                pid, terminal = pty.fork()
                if pid == 0:
                    os.execv(sys.argv[1], [sys.argv[1], "init", sys.argv[2], "--no-import"])
                seen = b""
                while True:
                    try:
                        part = os.read(terminal, 4096)
                    except OSError:
                        break
                    if not part:
                        break
                    seen += part
                    if answers and re.search(rb"\\]: $", seen):
                        os.write(terminal, answers.pop(0))
                        seen += b"<answered>"
                sys.stdout.buffer.write(seen)
                sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
                """
            let output = try await runProcess("python3", ["-c", script, try Products.fedops.path, folder.path])
            #expect(output.stdout.contains("What trains it on a node's data?"), "\(output.stdout)\(output.stderr)")
            #expect(output.stdout.contains("there is no 9"))
            let written = try String(contentsOf: folder.appending(path: "fedops.yaml"), encoding: .utf8)
            #expect(written.contains("task: lesions"))
            #expect(written.contains("call: train:test"))
            #expect(written.contains("call: train:train_one_epoch"))
            // Its optimiser and loss are nobody's to give.
            #expect(written.contains("TODO: nothing fills in optimizer"))
            #expect(output.status == 1)
        }
    }
}
