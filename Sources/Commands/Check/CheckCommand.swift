import ArgumentParser
import Core
import Foundation

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the flow in this working tree: every mistake at once, with file and line.",
        discussion: """
            Needs no controller. Beside the flow itself it looks for the files that it names and whether Git has them, for \
            its functions in the Python source and what fills in their parameters, and for packages that are imported and \
            not required, all without running any of it. Ends with 1 where there are errors.
            """
    )

    @Argument(help: "The flow's file, or the folder that it is in.", completion: .file())
    var path = "fedops.yaml"

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let report = try await FlowCheck(path).run()
        try output.print(report) { Self.lines(report, $0) }
        if !report.valid { throw CommandFailure.silent() }
    }

    private static func lines(_ report: FlowCheck.Report, _ console: Console) -> [String] {
        var lines = report.diagnostics.map { diagnostic in
            let text = SafeText.line(diagnostic.description)
            let word = diagnostic.severity.rawValue
            let paint: Paint = diagnostic.severity == .error ? .bad : .warning
            guard let range = text.firstRange(of: ": \(word): ") else { return text }
            return text[..<range.lowerBound] + ": " + paint(word, console) + ": " + text[range.upperBound...]
        }
        if !report.entryPoints.isEmpty {
            var table = Table("STAGE", "FUNCTION", "FOUND*", empty: "")
            for point in report.entryPoints {
                let place = point.file.map { file in "\(file):\(point.line ?? 1)" }
                let isBrought = EntryPoint(point.call)?.isRecipe == true
                let other = isBrought ? Table.Cell("FedOps brings it") : Table.Cell("not here", .warning)
                table.add(.init(point.stage), .init(point.call), place.map { .init($0) } ?? other)
            }
            lines += (lines.isEmpty ? [] : [""]) + table.lines(console)
        }
        if !report.programs.isEmpty {
            var table = Table("STAGE", "PROGRAM", "COMMAND*", empty: "")
            for program in report.programs {
                table.add(.init(program.stage), .init(program.file ?? "the node's"), .init(program.command))
            }
            lines += (lines.isEmpty ? [] : [""]) + table.lines(console)
        }
        let errors = report.diagnostics.filter { $0.severity == .error }.count
        let warnings = report.diagnostics.count - errors
        let counts =
            "\(errors) \(errors == 1 ? "error" : "errors"), \(warnings) \(warnings == 1 ? "warning" : "warnings")"
        let summary = report.valid ? Paint.good("sound", console) : Paint.bad("not sound", console)
        return lines + (lines.isEmpty ? [] : [""]) + ["\(SafeText.line(report.file)) is \(summary): \(counts)"]
            + report.hints.map { Paint.faint(SafeText.line($0), console) }
    }
}
