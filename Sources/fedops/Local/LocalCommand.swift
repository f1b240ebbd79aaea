import ArgumentParser
import Commands
import Core
import FlowRunner
import Foundation
import Logging
import Simulation

/// The course of `try` and `simulate`: copy the working tree, find its Python, run the rounds, show what came of them.
struct LocalCommand: Sendable {
    private let name: String
    private let options: FederationOptions
    private let path: String
    private let python: String?
    private let plot: String?
    private let keeps: Bool
    private let isVerbose: Bool

    init(_ name: String, _ options: FederationOptions, _ local: LocalOptions) {
        self.name = name
        self.options = options
        path = local.path
        python = local.python
        plot = local.plot
        keeps = local.keep
        isVerbose = local.verbose
    }

    func run(_ output: OutputOptions) async throws {
        let begun = ContinuousClock.now
        let place = FileManager.default.temporaryDirectory
            .appending(path: "fedops-\(name)-\(UUID().uuidString.prefix(8).lowercased())")
        defer {
            if !keeps { try? FileManager.default.removeItem(at: place) }
            // Compiled of what is in that folder; the packages' own stays, for the next time.
            try? FileManager.default.removeItem(atPath: bytecode.path + place.path)
        }
        let report = try await Interrupts.cancelling {
            do {
                return try await federate(in: place, begun)
            } catch let failure as StageFailure {
                throw CommandFailure(LocalPage.text(of: failure))
            } catch let error as TreeError {
                throw CommandFailure(error.description)
            }
        }
        try finish(report, place, output)
    }

    private func federate(in place: URL, _ begun: ContinuousClock.Instant) async throws -> FederationReport {
        let console = Console.current
        let tree = try await WorkingTree(flow: try flow(), to: place.appending(path: "tree"))
        for warning in tree.warnings { console.error(SafeText.line(warning.description) + "\n") }
        note("\(tree.flow.task): \(tree.fileCount) files of the working tree, as \(tree.commit.short)")
        let found = try await LocalPython(tree, note: note).find(python)
        if let found { note("Python \(found.python.path), \(found.origin)") }
        var logger = Logger(label: name) { StreamLogHandler.standardError(label: $0) }
        // The server says of its own end that it was cancelled.
        logger.logLevel = .critical
        return try await Federation(
            options,
            tree: tree,
            python: found?.python,
            folder: place.appending(path: "run"),
            bytecode: bytecode,
            logger: logger,
            begun: begun,
            observer: show
        ).run()
    }

    private var bytecode: URL {
        LocalPython.folder(ProcessInfo.processInfo.environment).appending(path: "bytecode")
    }

    private func flow() throws -> URL {
        var isFolder = ObjCBool(false)
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw CommandFailure(
                "\(path) isn't there: give the flow's file, or the folder that it is in",
                .usage
            )
        }
        let place = URL(filePath: path)
        return isFolder.boolValue ? place.appending(path: "fedops.yaml") : place
    }

    private func note(_ text: String) { Console.current.error("  " + SafeText.line(text) + "\n") }

    @Sendable private func show(_ event: FederationEvent) {
        switch event {
        case .note(let text): note(text)
        case .ready(let setup): for line in LocalPage.ready(setup) { note(line) }
        case .round(let round): note(LocalPage.sentence(round))
        case .line(let node, let line):
            if isVerbose { Console.current.error(SafeText.line("\(node) \(line.stage) | \(line.text)") + "\n") }
        }
    }

    private func finish(_ report: FederationReport, _ place: URL, _ output: OutputOptions) throws {
        if let file = plot {
            do {
                try Data(PlotFile.svg(LocalPage.plots(report)).utf8).write(to: URL(filePath: file))
            } catch {
                throw CommandFailure("\(file) can't be written: \(error.localizedDescription)")
            }
        }
        try output.print(report) { LocalPage(report, $0).lines }
        for failure in LocalPage.failures(report) { Console.current.error("\n" + failure + "\n") }
        if keeps { note("kept in \(place.path)") }
        guard report.status == .completed else {
            let isShown = !report.failures.isEmpty
            let reason = isShown ? "what went wrong is above" : report.reason ?? "no reason is known"
            throw CommandFailure("the rounds \(report.status.rawValue): \(reason)")
        }
    }
}
