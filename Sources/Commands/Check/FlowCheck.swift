import Core
import Foundation

/// Checks a flow against the working tree that it lies in.
struct FlowCheck {
    struct Report: Encodable {
        var file: String
        var task: String?
        var valid: Bool
        var entryPoints: [FoundEntryPoint] = []
        var programs: [FoundProgram] = []
        var diagnostics: [Diagnostic]
        /// What to do next, where nothing is wrong.
        var hints: [String] = []
    }

    /// Where a stage's function is in the source.
    struct FoundEntryPoint: Encodable, Equatable {
        var stage: String
        var call: String
        /// Nil where it isn't in the working tree.
        var file: String?
        var line: Int?
    }

    /// What a stage that is a command runs.
    struct FoundProgram: Encodable, Equatable {
        var stage: String
        var command: String
        /// The revision's own program; nil where it is the node's to find.
        var file: String?
    }

    let file: String
    let folder: URL

    init(_ path: String) throws {
        var isFolder = ObjCBool(false)
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw CommandFailure("\(path) isn't there: give the flow's file, or the folder that it is in", .usage)
        }
        file = isFolder.boolValue ? (path as NSString).appendingPathComponent("fedops.yaml") : path
        folder = URL(filePath: file).deletingLastPathComponent()
    }

    /// What can be told from the flow and the tree beside it, and then what Git and a look at the project's Python add.
    func run() async throws -> Report {
        var (report, checked) = try read()
        guard let (flow, places) = checked else { return report }
        if let look = try? await ProjectLook(python: "python3").read(folder) {
            report.diagnostics += ParameterCheck(flow: flow, facts: look, places: places).run()
            report.diagnostics += RequirementsCheck(flow: flow, facts: look, folder: folder, places: places).run()
        } else if Flow.StageName.allCases.contains(where: { flow.stages[$0].call?.isRecipe == false }) {
            report.hints.append(
                "python3 isn't here or can't read this project: parameters and requirements weren't looked at"
            )
        }
        report.diagnostics += TrackersCheck(flow: flow, folder: folder, places: places).run()
        let git = await GitCheck(flow: flow, file: file, folder: folder, places: places).run(report.entryPoints)
        report.diagnostics += git.diagnostics
        report.hints += git.hints
        report.diagnostics.sort()
        report.valid = !report.diagnostics.contains { $0.severity == .error }
        return report
    }

    private func read() throws -> (Report, (Flow, FlowPlaces)?) {
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(filePath: file))
        } catch {
            throw CommandFailure("\(file) can't be read: \(error.localizedDescription)", .usage)
        }
        let (flow, mistakes) = Flow.parse(bytes: bytes, file: file)
        var report = Report(file: file, task: flow?.task, valid: flow != nil, diagnostics: mistakes)
        guard let flow else { return (report, nil) }
        let places = FlowPlaces(yaml: String(decoding: bytes, as: UTF8.self), file: file)
        report.diagnostics += FileCheck(flow: flow, folder: folder, places: places).run()
        var modules = PythonModules(folder: folder, path: flow.runtime.path)
        for stage in Flow.StageName.allCases {
            if let command = flow.stages[stage].command {
                let isShell = command.count == 3 && command[0] == "/bin/sh" && command[1] == "-c"
                let text = isShell ? command[2] : command.joined(separator: " ")
                let own = CommandLine.ownProgram(command)
                report.programs.append(FoundProgram(stage: stage.rawValue, command: text, file: own))
            }
            guard let call = flow.stages[stage].call else { continue }
            var check = EntryPointCheck(stage: stage, call: call, with: flow.stages[stage].with, places: places)
            report.entryPoints.append(check.run(&modules))
            report.diagnostics += check.diagnostics
        }
        return (report, (flow, places))
    }
}

/// Whether the files that a flow names are there.
private struct FileCheck {
    let flow: Flow
    let folder: URL
    let places: FlowPlaces

    func run() -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        if let requirements = flow.runtime.requirements, !exists(requirements) {
            diagnostics.append(
                places.diagnostic(
                    "runtime.requirements",
                    "there is no file \(requirements.quotedForPeople()) in the flow's folder"
                )
            )
        }
        for (key, steps) in [("build", flow.build), ("test", flow.test)] {
            for (index, step) in steps.enumerated() { diagnostics += program(step.run, "\(key)[\(index)]") }
        }
        if let check = flow.check { diagnostics += program(check.run, "check") }
        for name in Flow.StageName.allCases {
            if let command = flow.stages[name].command {
                diagnostics += program(.arguments(command), "stages.\(name.rawValue).command")
            }
        }
        return diagnostics
    }

    /// A program with a slash in it is looked for from the flow's folder, one without is the node's to find.
    private func program(_ line: CommandLine, _ path: String) -> [Diagnostic] {
        guard let program = CommandLine.ownProgram(line.arguments) else { return [] }
        let place = folder.appending(path: program).path
        if !FileManager.default.fileExists(atPath: place) {
            return [places.diagnostic(path, "there is no program \(program.quotedForPeople()) in the flow's folder")]
        }
        if !FileManager.default.isExecutableFile(atPath: place) {
            return [
                places.diagnostic(
                    path,
                    "\(program.quotedForPeople()) may not be executed",
                    hint: "chmod +x, and commit its mode"
                )
            ]
        }
        return []
    }

    private func exists(_ path: String) -> Bool {
        var isFolder = ObjCBool(false)
        return FileManager.default.fileExists(atPath: folder.appending(path: path).path, isDirectory: &isFolder)
            && !isFolder.boolValue
    }
}
