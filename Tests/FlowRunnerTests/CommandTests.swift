import Core
import FlowRunner
import Foundation
import TestSupport
import Testing

/// Stages that are programs of any language.
@Suite(.serialized) struct CommandTests {
    /// Written with the standard library alone, as a program that knows the format would be.
    private static let program = """
        #!/usr/bin/env python3
        import json, os, struct, sys
        stage = os.environ["FEDOPS_STAGE"]
        def write(values, dtype="F64", size=8):
            header = json.dumps({"w": {"dtype": dtype, "shape": [len(values)], "data_offsets": [0, size * len(values)]}})
            with open(os.environ["FEDOPS_OUTPUT"], "wb") as file:
                file.write(struct.pack("<Q", len(header)) + header.encode())
                file.write(struct.pack("<%d%s" % (len(values), "d" if size == 8 else "f"), *values))
        def read():
            with open(os.environ["FEDOPS_MODEL"], "rb") as file: content = file.read()
            length = struct.unpack("<Q", content[:8])[0]
            return list(struct.unpack("<2d", content[8 + length:]))
        settings = json.load(open(os.environ["FEDOPS_SETTINGS"]))
        store = os.path.join(os.environ["FEDOPS_DATA"], "loaded")
        if stage == "data":
            with open(store, "a") as file: file.write("x")
            print("loaded by", os.environ["FEDOPS_NODE"])
        elif stage == "model":
            write([0.0, 0.0])
        elif stage == "train":
            mode = settings.get("mode")
            if mode == "fail": sys.exit("no good")
            if mode == "kill": os.kill(os.getpid(), 9)
            if mode == "shape": write([1.0]); sys.exit()
            if mode == "dtype": write([1.0, 1.0], "F32", 4); sys.exit()
            if mode == "none": sys.exit()
            if mode == "hang":
                import time
                print("begun", flush=True)
                time.sleep(600)
            step = settings["step"] * int(os.environ["FEDOPS_EPOCHS"]) * int(os.environ["FEDOPS_ROUND"])
            write([value + step for value in read()])
            report = {"loss": 0.5, "examples": len(open(store).read()) + 3, "note": "text"}
            if mode == "unweighed": del report["examples"]
            json.dump(report, open(os.environ["FEDOPS_METRICS"], "w"))
        else:
            json.dump({"accuracy": read()[0], "n": 4}, open(os.environ["FEDOPS_METRICS"], "w"))
        """
    private static let stages = """
        {"data": {"command": ["./stage"], "with": {}}, "model": {"command": ["./stage"], "with": {}},
         "train": {"command": ["/bin/sh", "-c", "./stage"], "with": {}}, "evaluate": {"command": ["./stage"], "with": {}}}
        """

    private func project(_ fixture: Fixture, mode: String = "", check: String? = nil) throws -> Project {
        try Project(
            fixture,
            files: ["stage": Self.program],
            stages: Self.stages,
            settings: #"{"step": 0.5, "mode": "\#(mode)"}"#,
            check: check,
            python: nil
        )
    }

    @Test func commandsPlayAllStages() async throws {
        try await withFixture { fixture in
            let project = try project(fixture, check: "test -x stage && echo fine")
            try await project.start()
            try await project.worker.check()
            #expect(project.log.text("check") == ["fine"])
            for round in 1...2 {
                let outcome = try await project.round(round, epochs: 3)
                #expect(outcome.examples == 4)
                #expect(outcome.metrics == ["loss": 0.5])
                #expect(try numbers(project.update, "w") == [1.5 * Double(round), 1.5 * Double(round)])
            }
            let evaluation = try await project.worker.evaluate(model: project.update, project.context())
            #expect(evaluation.metrics == ["accuracy": 3])
            #expect(evaluation.examples == 4)
            #expect(project.log.text("data") == ["loaded by node-1"])
            #expect(project.worker.facts.state == "idle")
        }
    }

    @Test(arguments: [
        ("fail", StageFailure.Kind.exception, "the command ended with exit code 1"),
        ("kill", .crash, "the command was killed by signal 9"),
        ("shape", .invalid, "w has shape [1], not [2]"),
        ("dtype", .invalid, "w has dtype F32, not F64"),
        ("none", .invalid, "wrote no model"),
        ("unweighed", .invalid, #"write {"examples": N} to FEDOPS_METRICS"#),
        ("hang", .timeout, "still running after 1 sec"),
    ])
    func itsFailuresAreOfTheSameKinds(mode: String, kind: StageFailure.Kind, message: String) async throws {
        try await withFixture { fixture in
            let project = try project(fixture, mode: mode)
            try await project.start()
            try await project.worker.makeModel(to: project.base, project.context())
            let failure = try await project.failure { () throws(StageFailure) in
                _ = try await project.worker.train(
                    base: project.base,
                    update: project.update,
                    project.context(timeout: mode == "hang" ? .seconds(1) : .seconds(180))
                )
            }
            #expect(failure.stage == "train")
            #expect(failure.kind == kind)
            #expect(failure.message.contains(message), "\(failure.message)")
            if mode == "fail" { #expect(failure.traceback == "no good") }
        }
    }

    @Test func aProgramThatIsNotThereIsToldAtTheStart() async throws {
        try await withFixture { fixture in
            let stages = Self.stages.replacing(
                #""train": {"command": ["/bin/sh", "-c", "./stage"]"#,
                with: #""train": {"command": ["./strain"]"#
            )
            let project = try Project(fixture, files: ["stage": Self.program], stages: stages, python: nil)
            let failure = try await project.failure { () throws(StageFailure) in
                try await project.worker.start(timeout: .seconds(10))
            }
            #expect(failure.description == "stage train: the program ./strain is not in the revision")
        }
    }

    @Test func aCheckThatFailsSaysWhy() async throws {
        try await withFixture { fixture in
            let project = try project(fixture, check: "echo disk is full >&2; exit 4")
            try await project.start()
            let failure = try await project.failure { () throws(StageFailure) in try await project.worker.check() }
            #expect(failure.stage == "check")
            #expect(failure.kind == .exception)
            #expect(failure.message.hasPrefix("the command ended with exit code 4"))
            #expect(failure.traceback == "disk is full")
        }
    }

    @Test func functionsAndCommandsMix() async throws {
        try await withFixture { fixture in
            let code = """
                import os
                def train(model, data, step):
                    assert os.path.exists(os.path.join(data, "loaded"))
                    return {"w": model["w"] + step}, {"examples": 2}
                """
            let stages = Self.stages.replacing(
                #"{"command": ["/bin/sh", "-c", "./stage"]"#,
                with: #"{"call": "code:train""#
            )
            let project = try Project(
                fixture,
                files: ["stage": Self.program, "code.py": code],
                stages: stages,
                settings: #"{"step": 0.5}"#,
                python: try await PythonEnvironment.sklearn.python()
            )
            try await project.start()
            #expect(try await project.round().examples == 2)
            #expect(try numbers(project.update, "w") == [0.5, 0.5])
        }
    }
}
