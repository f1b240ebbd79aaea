import ArgumentParser
import Core
import Foundation

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Look at a project, and write a fedops.yaml for it.",
        discussion: """
            Reads the project's Python without running it, and imports the likeliest functions on trial: by bubblewrap in a \
            sandbox without network where that is installed, else in a plain process. Asks on a terminal; elsewhere it takes \
            what is likeliest (--yes), and what the options name. No file of the project is changed. Ends with 1 where a \
            stage or a parameter is left to do; fedops check points at it.
            """
    )

    @Argument(help: "The project's folder.", completion: .directory)
    var path = "."

    @Flag(name: .long, help: "Ask nothing, and take what is likeliest.")
    var yes = false

    @Option(name: .long, help: ArgumentHelp("The task's name.", valueName: "name"))
    var task: String?

    @Option(name: .long, help: ArgumentHelp("The function that gives a node's data.", valueName: "module:function"))
    var data: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The function or class that gives a new model.", valueName: "module:function")
    )
    var model: String?

    @Option(name: .long, help: ArgumentHelp("The function that trains.", valueName: "module:function"))
    var train: String?

    @Option(name: .long, help: ArgumentHelp("The function that gives metrics.", valueName: "module:function"))
    var evaluate: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The file of requirements, relative to the folder.", valueName: "file"),
        completion: .file()
    )
    var requirements: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The Python that reads the project.",
            discussion: "Without it python3; the import takes the project's own .venv where it has one.",
            valueName: "program"
        )
    )
    var python = "python3"

    @Flag(name: .customLong("no-import"), help: "Only read the project; import nothing of it.")
    var noImport = false

    @Flag(name: .long, help: "Write over a fedops.yaml that is there.")
    var force = false

    @OptionGroup var output: OutputOptions

    private var named: [Flow.StageName: String] {
        var named: [Flow.StageName: String] = [:]
        named[.data] = data
        named[.model] = model
        named[.train] = train
        named[.evaluate] = evaluate
        return named
    }

    func validate() throws {
        if let task, !Names.isValid(task) {
            throw ValidationError("--task \(task.quotedForPeople()): a name has \(Names.rule)")
        }
        for (stage, text) in named where EntryPoint(text) == nil {
            throw ValidationError("--\(stage.rawValue) \(text.quotedForPeople()): \(EntryPoint.textRule) is wanted")
        }
    }

    func run() async throws {
        let console = Console.current
        let folder = URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL.resolvingSymlinksInPath()
        let file = (path == "." ? "" : path.hasSuffix("/") ? path : path + "/") + "fedops.yaml"
        try prepare(folder, file, console)
        let begin = ContinuousClock.now
        var project = try await InitProject(folder: folder, python: python)
        try project.name(named)
        if !noImport { await project.tryImport(python: ImportLook.python(of: folder, or: python)) }
        let questions = isAsking(console) ? Questions(console: console) : nil
        if let questions { try project.ask(questions) }
        var draft = try project.draft(task: task, questions)
        let chosen = try RequirementsChoice(folder: folder, named: requirements).choose(project, draft, questions)
        draft.runtime.requirements = chosen.file
        draft.requirementsEvidence = chosen.evidence
        draft.todo += chosen.todo
        let text = FlowText(draft).text
        try chosen.write(in: folder)
        try Data(text.utf8).write(to: folder.appending(path: "fedops.yaml"), options: .atomic)
        let mistakes = Flow.parse(yaml: text, file: file).diagnostics.filter { $0.severity == .error }
        if let first = mistakes.first {
            throw CommandFailure("\(file) was written and has mistakes; the first: \(first)")
        }
        let report = project.report(
            draft,
            file: file,
            written: chosen.content == nil ? [] : [chosen.file ?? ""],
            notes: chosen.notes,
            seconds: (ContinuousClock.now - begin) / .seconds(1)
        )
        try output.print(report) { report.lines($0) }
        if !draft.isComplete { throw CommandFailure.silent() }
    }

    private func isAsking(_ console: Console) -> Bool {
        !yes && output.format == .table && console.isTerminal && isatty(STDIN_FILENO) == 1
    }

    private func prepare(_ folder: URL, _ file: String, _ console: Console) throws {
        var isFolder = ObjCBool(false)
        guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), isFolder.boolValue else {
            throw CommandFailure("\(path) is no folder", .usage)
        }
        if !force, FileManager.default.fileExists(atPath: folder.appending(path: "fedops.yaml").path) {
            throw CommandFailure("\(file) is there; --force writes over it", .usage)
        }
        guard yes || isAsking(console) || named.count == Flow.StageName.allCases.count else {
            throw CommandFailure(
                """
                nobody can be asked here: pass --yes to take what is likeliest, or name all four stages by --data, --model, \
                --train and --evaluate, each as module:function
                """,
                .usage
            )
        }
    }
}
