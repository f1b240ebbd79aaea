import Core
import Foundation

extension InitProject {
    func draft(task: String?, _ questions: Questions?) throws -> FlowDraft {
        var name = task ?? taskName
        if task == nil, let questions {
            questions.console.line()
            name = try questions.text("The task's name", usual: name, Names.isValid, rule: "a name has \(Names.rule)")
        }
        let kinds = plan.chosen.values.map(\.kind)
        let areCommands =
            kinds.count == Flow.StageName.allCases.count
            && kinds.allSatisfy { if case .command = $0 { true } else { false } }
        var runtime = FlowDraft.Runtime(kind: areCommands ? .command : .python)
        var evidence: String?
        if !areCommands {
            if let (version, place) = pythonVersion {
                runtime.python = version
                evidence = place
            }
            let starts = plan.chosen.values.compactMap(\.place).contains { place in
                facts.sources.contains { place.hasPrefix($0 + "/") }
            }
            if starts || usesSources { runtime.path = facts.sources.first }
        }
        var draft = FlowDraft(task: name, shapes: shapes, runtime: runtime, plan: plan)
        draft.pythonEvidence = evidence
        for recognition in recognitions where draft.shapes.contains(recognition.shape) { draft.take(recognition) }
        return draft
    }

    /// A Flower app's recipes import its package from there too.
    private var usesSources: Bool {
        !facts.sources.isEmpty && plan.chosen.values.contains { $0.isRecipe }
    }

    /// Those that what was chosen comes from; all that were recognised where nothing was.
    var shapes: [String] {
        let chosen = recognitions.filter { recognition in
            plan.chosen.contains { stage, candidate in
                recognition.candidates[stage]?.contains { $0.kind == candidate.kind && $0.why.hasPrefix(candidate.why) }
                    == true
            }
        }
        let shown = Self.most(chosen.isEmpty ? recognitions : chosen)
        return shown.isEmpty ? ["no shape that is known"] : shown.map(\.shape)
    }

    /// NumPy and scikit-learn are beside every other framework.
    private static func most(_ recognitions: [Recognition]) -> [Recognition] {
        let helpers: Set<String> = ["NumPy", "scikit-learn"]
        let main = recognitions.filter { !helpers.contains($0.shape) }
        if !main.isEmpty { return main }
        return recognitions.filter { $0.shape == "scikit-learn" }.isEmpty
            ? recognitions : recognitions.filter { $0.shape == "scikit-learn" }
    }

    func report(_ draft: FlowDraft, file: String, written: [String], notes more: [String], seconds: Double)
        -> InitReport
    {
        let shown = recognitions.filter { draft.shapes.contains($0.shape) }
        let stages = Flow.StageName.allCases.map { stage in
            let chosen = plan.chosen[stage]
            let others = (candidates[stage] ?? []).filter { $0.kind != chosen?.kind }.prefix(5).map(\.description)
            return InitReport.Stage(
                stage: stage.rawValue,
                uses: chosen?.shellLine == nil ? chosen?.text : chosen?.place,
                place: chosen?.place,
                why: chosen?.why,
                others: Array(others)
            )
        }
        return InitReport(
            file: file,
            task: draft.task,
            shapes: draft.shapes,
            evidence: shown.flatMap(\.evidence),
            stages: stages,
            settings: Dictionary(draft.settings.map { ($0.name, $0.value) }) { first, _ in first },
            requirements: draft.runtime.requirements,
            written: written,
            guesses: draft.guesses,
            todo: draft.todo,
            notes: shown.flatMap(\.notes) + notes + more,
            filesSeen: facts.seen,
            seconds: seconds
        )
    }

    /// Of pyproject.toml, else the folder's, as far as it may be a task's.
    var taskName: String {
        let given = facts.project?.name ?? folder.lastPathComponent
        var name = ""
        for character in given.lowercased() {
            if character.isASCII, character.isLetter || character.isNumber {
                name.append(character)
            } else if name.last != "-", !name.isEmpty {
                name.append("-")
            }
        }
        name = String(name.prefix(63))
        while name.last == "-" { name.removeLast() }
        return Names.isValid(name) ? name : "task"
    }

    /// The version that the project asks for, in a form that a flow has, and where.
    var pythonVersion: (version: String, place: String)? {
        if let text = facts.project?.python {
            for part in text.split(separator: ",") {
                let part = part.trimmingCharacters(in: .whitespaces)
                guard let match = part.wholeMatch(of: /(>=|~=|==|\^)\s*3\.(\d{1,2})(\.[\d*]+)?/) else { continue }
                let isLeast =
                    match.output.1 == ">=" || match.output.1 == "^" || (match.output.1 == "~=" && match.output.3 == nil)
                return ("\(isLeast ? ">=" : "")3.\(match.output.2)", "requires-python of pyproject.toml")
            }
        }
        let file = folder.appending(path: ".python-version")
        if let text = try? String(contentsOf: file, encoding: .utf8),
            let match = text.prefix(20).firstMatch(of: /^\s*3\.(\d{1,2})/)
        {
            return ("3.\(match.output.1)", ".python-version")
        }
        return nil
    }
}
