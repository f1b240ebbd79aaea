import Artifacts
import Core
import Foundation

/// Runs a flow's build and test steps, one after the other, in a scratch copy of the revision.
///
/// Each step has a process group of its own, which is killed with all that is in it when the step ends, runs too long,
/// writes too much, or the build is stopped. It sees nothing of the controller's environment but `PATH`.
struct StepRunner: Sendable {
    var workspace: BuildWorkspace
    /// The flow's folder in the scratch copy, where steps run.
    var folder: URL
    /// Of the environment whose programs come first in `PATH`.
    var python: URL?
    var log: BuildLog

    /// - Throws: `BuildFailure` at the first step that doesn't end with 0 within its limits.
    func run(_ steps: [Flow.Step]) async throws {
        for step in steps {
            log.note("step \(step.name): \(text(step.run))")
            let clock = ContinuousClock()
            let start = clock.now
            let end: BoundedProcess.End
            do {
                end = try await BoundedProcess(
                    step.run.arguments,
                    in: folder,
                    environment: StepRunner.environment(workspace, python: python),
                    timeout: step.timeout.duration,
                    outputLimit: step.outputLimit.bytes
                ).run(log.line)
            } catch let error as ArtifactError {
                throw failure(step, "could not be started: \(error)")
            }
            let seconds = (Double((clock.now - start) / .milliseconds(100))).rounded() / 10
            guard end == .exited(0) else { throw failure(step, what(end, step)) }
            log.note("step \(step.name) passed in \(seconds) s")
        }
    }

    private func failure(_ step: Flow.Step, _ what: String) -> BuildFailure {
        let reason = "step \(step.name) \(what)"
        let tail = log.tail
        log.note(reason)
        return BuildFailure(reason: reason, logTail: tail)
    }

    private func what(_ end: BoundedProcess.End, _ step: Flow.Step) -> String {
        switch end {
        case .timedOut: "ran longer than its time limit of \(step.timeout)"
        case .flooded: "wrote more than its output limit of \(step.outputLimit)"
        case .exited, .signaled: "\(end): \(text(step.run))"
        }
    }

    private func text(_ command: CommandLine) -> String {
        let line =
            switch command {
            case .shell(let line): line
            case .arguments(let words): words.joined(separator: " ")
            }
        let flat = line.split(whereSeparator: \.isNewline).joined(separator: "; ")
        return flat.count > 200 ? flat.prefix(200) + "…" : flat
    }

    static func environment(_ workspace: BuildWorkspace, python: URL?) -> [String: String] {
        var path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        var variables = [
            "HOME": workspace.home.path,
            "TMPDIR": workspace.temporary.path,
            "LANG": "C.UTF-8",
            "CI": "true",
            "PYTHONUNBUFFERED": "1",
        ]
        if let python {
            let folder = python.deletingLastPathComponent()
            path = "\(folder.path):\(path)"
            variables["VIRTUAL_ENV"] = folder.deletingLastPathComponent().path
        }
        variables["PATH"] = path
        return variables
    }
}
