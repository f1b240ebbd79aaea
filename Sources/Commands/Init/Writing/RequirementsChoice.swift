import Core
import Foundation

/// Settles the flow's file of requirements: the one that was named, the one that is there, or a new one, which is only
/// written where a person said yes, and is said to have been.
struct RequirementsChoice {
    struct Chosen {
        var file: String?
        var evidence: String?
        /// Of a file that is to be written.
        var content: String?
        var notes: [String] = []
        var todo: [String] = []

        func write(in folder: URL) throws {
            guard let file, let content else { return }
            try Data(content.utf8).write(to: folder.appending(path: file), options: .withoutOverwriting)
        }
    }

    static let usual = "requirements.txt"

    let folder: URL
    let named: String?

    func choose(_ project: InitProject, _ draft: FlowDraft, _ questions: Questions?) throws -> Chosen {
        if draft.runtime.kind == .command {
            return Chosen(notes: named == nil ? [] : ["--requirements has no meaning where all stages are commands"])
        }
        if let named {
            guard FileManager.default.fileExists(atPath: folder.appending(path: named).path) else {
                throw CommandFailure("--requirements: there is no \(named.quotedForPeople()) in \(folder.path)", .usage)
            }
            return Chosen(file: named, evidence: "named by --requirements")
        }
        let guess = RequirementsGuess(project.facts, modules: draft.modules, packages: draft.packages)
        if let file = guess.file { return Chosen(file: file, evidence: guess.evidence) }
        guard !guess.lines.isEmpty || !guess.unsure.isEmpty else { return Chosen() }
        let names = (guess.lines + guess.unsure.map { "\($0.distribution)?" }).joined(separator: ", ")
        if let questions {
            let answer = try questions.choose(
                "There is no file of requirements. Write \(Self.usual) with \(names)?",
                [("yes", true), ("no", false)],
                other: "a number"
            ) { ["y", "yes"].contains($0.lowercased()) ? true : ["n", "no"].contains($0.lowercased()) ? false : nil }
            guard answer else {
                return Chosen(todo: ["runtime.requirements: name a file of requirements (it would have \(names))"])
            }
        }
        var chosen = Chosen(file: Self.usual, evidence: "written by fedops init", content: guess.content)
        chosen.notes.append("\(Self.usual) is new, from the \(guess.evidence ?? "imports"): \(names); look it through")
        for item in guess.unsure {
            chosen.todo.append(
                "\(Self.usual): what package has the module \(item.module), which \(item.place) imports?"
            )
        }
        return chosen
    }
}
