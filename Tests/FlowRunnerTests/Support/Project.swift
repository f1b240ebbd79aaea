import Core
import FlowRunner
import Foundation
import Synchronization
import Tensors
import TestSupport

/// A revision in a test's folder, with a worker on it.
struct Project: Sendable {
    let fixture: Fixture
    let worker: FlowWorker
    let log: LogRecord

    /// - Parameters:
    ///   - files: What is in the revision, by path.
    ///   - stages: The flow's `stages`, as JSON.
    init(
        _ fixture: Fixture,
        files: [String: String] = [:],
        revision: URL? = nil,
        flowFolder: String = "",
        stages: String,
        settings: String = "{}",
        share: String? = nil,
        schedule: String = "{}",
        check: String? = nil,
        path: String? = nil,
        strategy: String = #""fedavg""#,
        python: URL?,
        node: String = "node-1",
        role: NodeRole = .client,
        labels: [String: String] = [:],
        environment: [String: String] = [:]
    ) throws {
        for (path, text) in files {
            try fixture.write(text, to: "revision/\(path)", mode: text.hasPrefix("#!") ? 0o755 : 0o644)
        }
        let log = LogRecord()
        self.fixture = fixture
        self.log = log
        worker = FlowWorker(
            WorkerConfiguration(
                task: "test",
                node: node,
                role: role,
                labels: labels,
                revision: revision ?? fixture.url("revision"),
                flowFolder: flowFolder,
                flow: try Self.flow(
                    stages: stages,
                    settings: settings,
                    share: share,
                    schedule: schedule,
                    check: check,
                    path: path,
                    strategy: strategy,
                    isPython: python != nil
                ),
                python: python,
                environment: environment,
                scratch: fixture.url("scratch-\(node)"),
                log: { log.append($0) }
            )
        )
        let worker = worker
        fixture.atEnd { await worker.stop() }
    }

    /// Four functions of the module `flow`.
    static let functions = """
        {"data": {"call": "flow:data", "with": {}}, "model": {"call": "flow:model", "with": {}},
         "train": {"call": "flow:train", "with": {}}, "evaluate": {"call": "flow:evaluate", "with": {}}}
        """

    static func flow(
        stages: String,
        settings: String,
        share: String? = nil,
        schedule: String = "{}",
        check: String?,
        path: String? = nil,
        strategy: String = #""fedavg""#,
        isPython: Bool
    ) throws -> Flow {
        let path = path.map { ", \"path\": \"\($0)\"" } ?? ""
        let text = """
            {"task": "test", "runtime": {"kind": "\(isPython ? "python" : "command")"\(path)}, "build": [], "test": [],
             "stages": \(stages), "settings": \(settings),
             \(share.map { "\"share\": \($0)," } ?? "")
             "rounds": {"count": 10, "strategy": \(strategy), "deadline": "10m", "interval": "0s", "epochs": 1, "retries": 1,
                        "schedule": \(schedule)},
             \(check.map { "\"check\": {\"run\": \"\($0)\", \"timeout\": \"2m\"}," } ?? "")
             "participants": {"server": {"selector": {}}, "clients": {"selector": {}, "minimum": 1, "wait": "30s"}},
             "rollout": {"waves": [1, "100%"], "health": "2m", "hold": "0s", "onFailure": "rollback"},
             "onNewRevision": "finish"}
            """
        return try JSONDecoder().decode(Flow.self, from: Data(text.utf8))
    }

    var base: URL { fixture.url("base.safetensors") }
    var update: URL { fixture.url("update.safetensors") }

    func start() async throws { try await worker.start(timeout: .seconds(180)) }

    /// Starts, makes a first model and trains it for one round.
    func round(_ round: Int = 1, epochs: Int = 1, timeout: Duration = .seconds(180)) async throws -> TrainOutcome {
        let context = StageContext(round: round, epochs: epochs, timeout: timeout)
        if !FileManager.default.fileExists(atPath: base.path) { try await worker.makeModel(to: base, context) }
        return try await worker.train(base: base, update: update, context)
    }

    func context(timeout: Duration = .seconds(180)) -> StageContext {
        StageContext(round: 1, epochs: 1, timeout: timeout)
    }

    /// The failure of what must fail.
    func failure(_ body: () async throws(StageFailure) -> Void) async throws -> StageFailure {
        do throws(StageFailure) {
            try await body()
        } catch {
            return error
        }
        throw NoFailure()
    }
}

struct NoFailure: Error {}

/// What a worker logged.
final class LogRecord: Sendable {
    private let content = Mutex<[WorkerLogLine]>([])

    func append(_ line: WorkerLogLine) { content.withLock { $0.append(line) } }

    var lines: [WorkerLogLine] { content.withLock { $0 } }

    func text(_ stage: String, _ stream: WorkerLogLine.Stream = .stdout) -> [String] {
        lines.filter { $0.stage == stage && $0.stream == stream }.map(\.text)
    }
}

/// The numbers of one tensor in a file, as F64 or F32 or I64 holds them.
func numbers(_ file: URL, _ name: String) throws -> [Double] {
    let file = try SafetensorsFile(mapping: file)
    let spec = file.specs.first { $0.name == name }
    return try file.withBytes(of: name) { bytes in
        switch spec?.dtype {
        case .f64: (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self) }
        case .f32: (0..<bytes.count / 4).map { Double(bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self)) }
        case .i64: (0..<bytes.count / 8).map { Double(bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self)) }
        default: []
        }
    }
}

func tensorNames(_ file: URL) throws -> Set<String> { Set(try SafetensorsFile(mapping: file).specs.map(\.name)) }

/// Whether a process of that id is there and not a zombie.
func isAlive(_ pid: Int) -> Bool {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
        let state = text.split(separator: ")").last?.split(separator: " ").first
    else { return false }
    return state != "Z" && state != "X"
}
