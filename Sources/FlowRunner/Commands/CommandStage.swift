import Core
import Foundation
import Synchronization
import Tensors

/// What a stage that is a command leaves in the file that `FEDOPS_METRICS` names.
struct CommandReport: Sendable, Equatable {
    var examples: Int?
    var metrics: [String: Double] = [:]

    private static let exampleNames = ["examples", "num_examples", "n"]

    /// Reads one JSON object: a number under `examples`, and every other number as a metric.
    static func read(_ file: URL, stage: String) throws(StageFailure) -> CommandReport {
        guard FileManager.default.fileExists(atPath: file.path) else { return CommandReport() }
        let value: JSONValue
        do {
            value = try JSONDecoder().decode(JSONValue.self, from: Data(contentsOf: file))
        } catch {
            throw invalid(stage, "what the command wrote to FEDOPS_METRICS is not JSON: \(error)")
        }
        guard case .object(let members) = value else {
            throw invalid(stage, "what the command wrote to FEDOPS_METRICS is not one JSON object")
        }
        var report = CommandReport()
        for (name, value) in members {
            switch value {
            case .int(let count) where exampleNames.contains(name):
                guard count >= 0 else { throw invalid(stage, "\(name) is \(count), which is no number of examples") }
                report.examples = count
            case _ where exampleNames.contains(name):
                throw invalid(stage, "\(name) in FEDOPS_METRICS is not a whole number")
            case .int(let number): report.metrics[name] = Double(number)
            case .double(let number): report.metrics[name] = number
            case .bool(let flag): report.metrics[name] = flag ? 1 : 0
            default: break
            }
        }
        return report
    }

    private static func invalid(_ stage: String, _ message: String) -> StageFailure {
        StageFailure(stage: stage, kind: .invalid, message: message)
    }
}

extension FlowWorker {
    /// Runs one stage that is a command, with all that it is told in its environment.
    func run(
        command: [String],
        stage: Flow.StageName,
        _ context: StageContext,
        model: URL? = nil,
        output: URL? = nil
    ) async throws(StageFailure) -> (report: CommandReport, seconds: Double) {
        let configuration = current
        let scratch = configuration.scratch
        let metrics = scratch.appending(path: "metrics-\(stage.rawValue).json")
        let settings = scratch.appending(path: "settings.json")
        var environment = WorkerEnvironment.values(configuration)
        do {
            try PrivateFolder.write(
                JSONEncoder().encode(configuration.flow.settings(inRound: context.round)),
                to: settings
            )
            if FileManager.default.fileExists(atPath: metrics.path) { try FileManager.default.removeItem(at: metrics) }
            let labels = try JSONEncoder().encode(configuration.labels)
            environment["FEDOPS_LABELS"] = String(decoding: labels, as: UTF8.self)
            for (name, value) in configuration.labels { environment[Self.variable(ofLabel: name)] = value }
        } catch {
            throw StageFailure(stage: stage.rawValue, kind: .crash, message: "\(scratch.path): \(error)")
        }
        if stage == .train {
            environment.merge(CommandStrategy(configuration.flow.rounds.strategy).environment) { $1 }
        }
        environment["FEDOPS_STAGE"] = stage.rawValue
        environment["FEDOPS_ROUND"] = String(context.round)
        environment["FEDOPS_EPOCHS"] = String(context.epochs)
        environment["FEDOPS_SETTINGS"] = settings.path
        environment["FEDOPS_DATA"] = dataFolder.path
        environment["FEDOPS_METRICS"] = metrics.path
        environment["FEDOPS_MODEL"] = model?.path
        environment["FEDOPS_OUTPUT"] = output?.path
        let begin = ContinuousClock.now
        try await run(
            program: command,
            stage: stage.rawValue,
            environment: environment,
            timeout: context.timeout
        )
        let seconds = (ContinuousClock.now - begin) / .seconds(1)
        if let output { try checkModel(output, against: model, stage: stage.rawValue) }
        return (try CommandReport.read(metrics, stage: stage.rawValue), seconds)
    }

    /// `FEDOPS_LABEL_PARTITION_ID` for `partition-id`: what no variable's name may have is an underscore there.
    static func variable(ofLabel name: String) -> String {
        "FEDOPS_LABEL_" + String(name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    /// Runs a program in the flow's folder.
    func run(
        program arguments: [String],
        stage: String,
        environment: [String: String],
        timeout: Duration
    ) async throws(StageFailure) {
        var arguments = arguments
        arguments[0] = try program(of: arguments, stage: stage)
        let group = ProcessGroup()
        let process = CommandProcess(
            stage: stage,
            arguments: arguments,
            folder: configuration.folder,
            environment: environment,
            timeout: timeout,
            log: configuration.log
        )
        state.withLock { $0.command = group }
        defer { state.withLock { $0.command = nil } }
        try await process.run(in: group)
    }

    /// Where a command's program is: a path from the flow's folder where it has a slash, else a name in `PATH`.
    func program(of command: [String], stage: String) throws(StageFailure) -> String {
        let name = command.first ?? ""
        let candidates: [URL] =
            if name.contains("/") {
                [name.hasPrefix("/") ? URL(filePath: name) : configuration.folder.appending(path: name)]
            } else {
                (WorkerEnvironment.values(configuration)["PATH"] ?? "").split(separator: ":").map {
                    URL(filePath: String($0), directoryHint: .isDirectory).appending(path: name)
                }
            }
        if let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) }) {
            return found.path
        }
        let reason =
            if let file = candidates.first, name.contains("/"), FileManager.default.fileExists(atPath: file.path) {
                "is not executable: commit it with its executable bit"
            } else if name.contains("/") {
                "is not in the revision"
            } else {
                "is in no folder of PATH on this node"
            }
        throw StageFailure(stage: stage, kind: .invalid, message: "the program \(name) \(reason)")
    }
}
