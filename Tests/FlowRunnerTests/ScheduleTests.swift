import Core
import FlowRunner
import Foundation
import TestSupport
import Testing

/// Settings that change from round to round, as a stage gets them.
@Suite struct ScheduleTests {
    private static let settings = #"{"rate": 0.5, "optimizer": {"name": "sgd", "momentum": 0.9}}"#
    private static let schedule = """
        {"rate": {"from": 0.8, "factor": 0.5}, "optimizer.momentum": {"values": {"2": 0.25}}}
        """

    @Test("a function gets the settings of its round")
    func function() async throws {
        try await withFixture { fixture in
            let code = """
                import numpy as np

                def data():
                    return [1, 2, 3]

                def model(rate):
                    return {"w": np.array([rate])}

                def train(model, data, rate, settings):
                    model["w"][:] = [rate + settings["optimizer"]["momentum"] * 100]
                    assert settings["rate"] == rate and settings["optimizer"]["name"] == "sgd"

                def evaluate(model, data, rate):
                    return {"rate": rate}
                """
            let project = try Project(
                fixture,
                files: ["flow.py": code],
                stages: Project.functions,
                settings: Self.settings,
                schedule: Self.schedule,
                python: try await PythonEnvironment.sklearn.python()
            )
            try await project.start()
            for (round, wanted) in [(1, 90.8), (2, 25.4), (3, 25.2), (1, 90.8)] {
                _ = try await project.round(round)
                #expect(try abs(numbers(project.update, "w")[0] - wanted) < 1e-9)
            }
            let context = StageContext(round: 3, epochs: 1, timeout: .seconds(60))
            #expect(try await project.worker.evaluate(model: project.update, context).metrics == ["rate": 0.2])
        }
    }

    @Test("a command gets them in FEDOPS_SETTINGS")
    func command() async throws {
        try await withFixture { fixture in
            let program = """
                #!/usr/bin/env python3
                import json, os
                settings = json.load(open(os.environ["FEDOPS_SETTINGS"]))
                metrics = {"examples": 1, "rate": settings["rate"], "momentum": settings["optimizer"]["momentum"]}
                json.dump(metrics, open(os.environ["FEDOPS_METRICS"], "w"))
                """
            let stage = #"{"command": ["./stage"], "with": {}}"#
            let project = try Project(
                fixture,
                files: ["stage": program],
                stages: #"{"data": \#(stage), "model": \#(stage), "train": \#(stage), "evaluate": \#(stage)}"#,
                settings: Self.settings,
                schedule: Self.schedule,
                python: nil
            )
            try await project.start()
            for (round, rate, momentum) in [(0, 0.5, 0.9), (1, 0.8, 0.9), (2, 0.4, 0.25)] {
                let context = StageContext(round: round, epochs: 1, timeout: .seconds(60))
                let outcome = try await project.worker.evaluate(model: project.base, context)
                #expect(outcome.metrics == ["rate": rate, "momentum": momentum])
            }
        }
    }

    @Test("a stage that is cancelled ends its worker without that being its fault")
    func cancelled() async throws {
        try await withFixture { fixture in
            let code = """
                import time
                def data(): return [1]
                def model(): return {"w": __import__("numpy").zeros(1)}
                def train(model, data):
                    print("begun", flush=True)
                    time.sleep(600)
                def evaluate(model): return 0.0
                """
            let project = try Project(
                fixture,
                files: ["flow.py": code],
                stages: Project.functions,
                python: try await PythonEnvironment.sklearn.python()
            )
            try await project.start()
            async let exit = project.worker.waitForExit()
            let training = Task { try await project.round() }
            try await eventually("training begins", within: .seconds(120)) {
                project.log.text("train").contains("begun")
            }
            training.cancel()
            #expect(await exit == nil)
            let failure = await #expect(throws: StageFailure.self) { try await training.value }
            #expect(failure?.kind == .cancelled)
        }
    }
}
