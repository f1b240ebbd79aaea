import Foundation
import TestSupport
import Testing

@testable import Core
@testable import Engines

/// The rounds of a task on a server node, as far as its trackers see them.
final class TrackedTask: @unchecked Sendable {
    static let secret = "key-\(UUID().uuidString)"

    let fixture: Fixture
    let python: URL
    var setup: TrackerSetup
    var flow: Flow

    init(_ fixture: Fixture, python: URL? = nil) async throws {
        self.fixture = fixture
        self.python = if let python { python } else { try await PythonEnvironment.trackers().python }
        setup = TrackerSetup(task: "digits", folder: fixture.url("spool")) { fixture.log($0) }
        setup.idle = 60
        let yaml = """
            task: digits
            stages: {data: "digits:load", model: "digits:make", train: "digits:fit", evaluate: "digits:score"}
            settings: {optimizer: {rate: 0.5}}
            """
        flow = try Flow.parse(yaml: yaml, file: "fedops.yaml").flow.orThrow("flow")
    }

    var log: [String] { fixture.logged }

    /// A manager's share, until the body ends: its trackers' processes are gone then.
    func running(_ body: (TrackerDesk) async throws -> Void) async throws {
        let desk = TrackerDesk(setup)
        let running = Task { await desk.run() }
        desk.use(flow, python: python)
        let result: Result<Void, any Error>
        do { result = .success(try await body(desk)) } catch { result = .failure(error) }
        running.cancel()
        await running.value
        try result.get()
    }

    /// The end of one round, whose epoch is 10 more.
    func record(_ round: Int, by desk: TrackerDesk) throws {
        let digest = try ContentDigest("sha256:" + String(repeating: "a", count: 64)).orThrow("digest")
        let commit = try CommitHash(String(repeating: "b", count: 40)).orThrow("commit")
        let issued = Instant(milliseconds: 1_700_000_000_000 + Int64(round) * 1000)
        let ticket = Ticket(
            task: "digits",
            run: 1,
            round: round,
            epoch: round + 10,
            commit: commit,
            digest: digest,
            server: "server",
            serverURL: "http://127.0.0.1:1",
            clients: ["site-1"],
            version: round,
            minimum: 1,
            strategy: "fedavg",
            epochs: 1,
            issued: issued,
            trainBy: issued + 60,
            deadline: issued + 90
        )
        let client = Contribution(
            node: "site-1",
            commit: commit,
            examples: 8,
            update: digest,
            seconds: 0.5,
            metrics: ["loss": .nan]
        )
        let accuracy = 1 - pow(0.5, Double(round + 1))
        let finished = FinishedRound(
            model: digest,
            bytes: 5,
            contributions: [client],
            evaluation: ["accuracy": accuracy]
        )
        let model = try fixture.write("model \(round)", to: "model-\(round).safetensors")
        desk.record(ticket, finished, release: "v1", model: model, at: issued + 0.5)
    }

    private var spools: [TrackerSpool] { TrackerSpool.all(in: setup.folder) }

    func waiting(_ name: Flow.Tracker.Name) -> [Int] {
        spools.filter { $0.tracker.name == name }.flatMap { $0.pending() }
    }

    /// Trackers' processes of this test, by their command lines.
    func processes() -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap(pid_t.init).filter { id in
            let line = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") ?? Data()
            let text = String(decoding: line, as: UTF8.self)
            return text.contains(fixture.folder.path) && text.contains(TrackingFiles.start)
        }
    }

    /// `[round, accuracy]` by tracker, and the epochs of the models that MLflow has.
    func read() async throws -> [String: [[Double]]] {
        let script = """
            import json, sys
            from mlflow import MlflowClient
            from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
            files, adapter = sys.argv[1:]
            sys.path.insert(0, adapter)
            from fedops_tracking_wandb_file import history
            client = MlflowClient(f"sqlite:///{files}/mlflow/mlflow.db")
            run, = client.search_runs([client.get_experiment_by_name("digits").experiment_id])
            assert run.info.status == "FINISHED", run.info.status
            assert run.data.params["settings.optimizer.rate"] == "0.5", run.data.params
            assert run.data.tags["fedops.release"] == "v1", run.data.tags
            assert "clients/site-1/train/loss" not in run.data.metrics
            told = {}
            told["mlflow"] = [[m.step, m.value] for m in client.get_metric_history(run.info.run_id, "evaluation/accuracy")]
            told["models"] = [[int(f.path.split("/")[-1].split(".")[0])] for f in client.list_artifacts(run.info.run_id, "models")]
            key = run.data.tags["fedops.key"]
            told["wandb"] = [[r["_step"], r["evaluation/accuracy"]] for r in history(f"{files}/wandb", key)]
            events = EventAccumulator(f"{files}/tensorboard/{key}")
            events.Reload()
            told["tensorboard"] = [[e.step, e.value] for e in events.Scalars("evaluation/accuracy")]
            print(json.dumps(told))
            """
        let wandb = try spools.first { $0.tracker.name == .wandb }.orThrow("spool of wandb")
        let files = setup.files.path
        let output = try await requireProcess(python.path, ["-c", script, files, wandb.work.path])
        let line = try output.split(separator: "\n").last.orThrow("what was read")
        return try JSONDecoder().decode([String: [[Double]]].self, from: Data(line.utf8))
    }

    /// Neither a log nor a file but the key's own has it.
    func expectNoSecret(but keyFile: String) throws {
        #expect(!log.contains { $0.contains(Self.secret) })
        let secret = Data(Self.secret.utf8)
        for path in try FileManager.default.subpathsOfDirectory(atPath: fixture.folder.path) where path != keyFile {
            guard let data = FileManager.default.contents(atPath: fixture.url(path).path) else { continue }
            #expect(data.firstRange(of: secret) == nil, "\(path)")
        }
    }
}
