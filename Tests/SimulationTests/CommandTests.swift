import Foundation
import Simulation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct CommandTests {
    @Test func tryPrintsATableAndAPlot() async throws {
        try await withFixture { fixture in
            let place = try await Workplace.digits(fixture)
            let output = try await runProcess(
                try Products.fedops.path,
                [
                    "try", fixture.url("checkout").path, "--python", place.python.path, "--epochs", "1", "--rounds",
                    "3",
                    "--plot", fixture.url("plot.svg").path,
                ],
                timeout: .seconds(180)
            )
            #expect(output.status == 0, "\(output.stderr)")
            #expect(output.stdout.contains("ROUND   CLIENTS   EXAMPLES   ACCURACY"), "\(output.stdout)")
            #expect(output.stdout.contains("accuracy\n"))
            #expect(output.stdout.contains("3 rounds of 3 clients"))
            #expect(!output.stdout.contains("\u{1b}"))
            #expect(try String(contentsOf: fixture.url("plot.svg"), encoding: .utf8).contains("<polyline"))

            let json = try await runProcess(
                try Products.fedops.path,
                [
                    "simulate", fixture.url("checkout").path, "--python", place.python.path, "--epochs", "1",
                    "--clients",
                    "20", "--sample", "4", "--rounds", "2", "--workers", "1", "-o", "json",
                ],
                timeout: .seconds(180)
            )
            #expect(json.status == 0, "\(json.stderr)")
            let report = try JSONDecoder().decode(FederationReport.self, from: Data(json.stdout.utf8))
            #expect(report.rounds.map(\.participants.count) == [4, 4])
        }
    }

    @Test func ctrlCLeavesNoProcessAndNoFolder() async throws {
        try await withFixture { fixture in
            let place = try await Workplace.digits(fixture)
            let pids = fixture.url("pids")
            try place.edit("train.py") {
                $0.replacing(
                    "    for _ in range(epochs):",
                    with: """
                            import os, time
                            with open(\"\(pids.path)\", "a") as file: file.write(f"{os.getpid()}\\n")
                            time.sleep(600)
                            for _ in range(epochs):
                        """
                )
            }
            let temporary = try fixture.makeFolder("tmp")
            let process = try await BackgroundProcess.start(
                "try",
                try Products.fedops.path,
                ["try", fixture.url("checkout").path, "--python", place.python.path],
                environment: ["TMPDIR": temporary.path],
                fixture: fixture
            )
            let worker: Int32 = try await eventually("a stage runs", within: .seconds(90)) {
                try String(contentsOf: pids, encoding: .utf8).split(separator: "\n").first.flatMap { Int32($0) }
            }
            #expect(kill(worker, 0) == 0)
            process.send(SIGINT)
            #expect(try await process.waitForExit(within: .seconds(120)) == 130, "\(process.output)")
            try await eventually("the worker is gone") { kill(worker, 0) != 0 }
            #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path) == [])
        }
    }

    @Test func trackLeavesRoundsWithTheFlowsTrackers() async throws {
        try await withFixture { fixture in
            let place = try await Workplace.digits(fixture, python: try await PythonEnvironment.tracked.python())
            try place.edit("fedops.yaml") {
                $0 + "trackers: [tensorboard, {name: wandb, mode: offline}, {name: mlflow, models: 2}]\n"
            }
            let output = try await runProcess(
                try Products.fedops.path,
                [
                    "try", fixture.url("checkout").path, "--python", place.python.path, "--epochs", "1", "--rounds",
                    "3", "--track", fixture.url("boards").path, "-o", "json",
                ],
                timeout: .seconds(300)
            )
            #expect(output.status == 0 && !output.stderr.contains("has not got"), "\(output.stderr)")
            let report = try JSONDecoder().decode(FederationReport.self, from: Data(output.stdout.utf8))
            let script = """
                import glob, json, sys
                from mlflow import MlflowClient
                from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
                folder = sys.argv[1]
                place, = glob.glob(f"{folder}/tensorboard/*")
                events = EventAccumulator(place)
                events.Reload()
                board = [[event.step, event.value] for event in events.Scalars("evaluation/accuracy")]
                client = MlflowClient(f"sqlite:///{folder}/mlflow/mlflow.db")
                run, = client.search_runs([experiment.experiment_id for experiment in client.search_experiments()])
                history = client.get_metric_history(run.info.run_id, "evaluation/accuracy")
                models = client.list_artifacts(run.info.run_id, "models")
                offline = glob.glob(f"{folder}/wandb/wandb/offline-run-*/run-*.wandb")
                print(json.dumps([board, [[metric.step, metric.value] for metric in history], [[len(models), len(offline)]]]))
                """
            let read = try await requireProcess(place.python.path, ["-c", script, fixture.url("boards").path])
            let told = try JSONDecoder().decode([[[Double]]].self, from: Data(read.utf8))
            let rounds = report.rounds.compactMap { round in
                round.evaluation["accuracy"].map { [Double(round.round), $0] }
            }
            #expect(rounds.count == 3)
            #expect(told[1] == rounds, "\(read)")
            // TensorBoard's values are of single precision.
            #expect(told[0] == rounds.map { [$0[0], Double(Float($0[1]))] }, "\(read)")
            #expect(told[2] == [[1, 1]])
        }
    }

    @Test func mistakesOfTheFlowAreToldWithFileAndLine() async throws {
        try await withFixture { fixture in
            let place = try await Workplace.digits(fixture)
            try place.edit("fedops.yaml") { $0.replacing("train: train:train", with: "train: train:trein") }
            let output = try await runProcess(
                try Products.fedops.path,
                ["try", fixture.url("checkout").path, "--python", place.python.path],
                timeout: .seconds(120)
            )
            #expect(output.status == 1)
            #expect(output.stderr.contains("there is no trein in train; did you mean train?"), "\(output.stderr)")

            try place.edit("fedops.yaml") { $0.replacing("count: 10", with: "count: ten") }
            let other = try await runProcess(
                try Products.fedops.path,
                ["try", fixture.url("checkout").path],
                timeout: .seconds(60)
            )
            #expect(other.status == 1)
            #expect(other.stderr.contains("fedops.yaml:"), "\(other.stderr)")
        }
    }
}
