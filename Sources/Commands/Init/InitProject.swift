import Core
import Foundation

/// A project on its way to a flow: what was read, the candidates for each stage, and those that were chosen.
struct InitProject {
    let folder: URL
    let facts: ProjectFacts
    let recognitions: [Recognition]
    private(set) var candidates: [Flow.StageName: [StageCandidate]]
    private(set) var fixed: [Flow.StageName: StageCandidate] = [:]
    private(set) var plan: Plan
    private(set) var notes: [String]
    private let values: SettingValues

    init(folder: URL, python: String) async throws {
        let facts = try await ProjectLook(python: python).read(folder)
        self.init(folder: folder, facts: facts)
    }

    init(folder: URL, facts: ProjectFacts) {
        self.folder = folder
        self.facts = facts
        recognitions = Recognisers.recognise(facts)
        candidates = Self.merged(recognitions)
        var configured: [String: (value: JSONValue, place: String)] = [:]
        for recognition in recognitions { configured.merge(recognition.values) { first, _ in first } }
        values = SettingValues(facts: facts, configured: configured)
        notes = []
        plan = Plan(candidates, values: values)
        for item in facts.skipped.prefix(20) {
            notes.append("\(item.file)\(item.line.map { ":\($0)" } ?? "") was left out: \(item.why)")
        }
        if let cut = facts.cut {
            let why = cut == "time" ? "\(ProjectLook.seconds) seconds" : "\(ProjectLook.mostFiles) files of Python"
            notes.append("only a part was read, the files nearest to the root: the limit is \(why)")
        }
    }

    /// One list for each stage, each function once, with what counts most for it.
    private static func merged(_ recognitions: [Recognition]) -> [Flow.StageName: [StageCandidate]] {
        var merged: [Flow.StageName: [StageCandidate]] = [:]
        for recognition in recognitions {
            for (stage, found) in recognition.candidates {
                for candidate in found {
                    if let index = merged[stage]?.firstIndex(where: { $0.kind == candidate.kind }) {
                        if let known = merged[stage]?[index], candidate.score > known.score {
                            merged[stage]?[index] = candidate
                        }
                    } else {
                        merged[stage, default: []].append(candidate)
                    }
                }
            }
        }
        let discouraged = recognitions.flatMap(\.discouraged)
        return merged.mapValues { candidates in
            candidates.map { candidate in
                var candidate = candidate
                if discouraged.contains(candidate.kind) { candidate.score -= 100 }
                return candidate
            }.sorted { ($0.score, $1.text) > ($1.score, $0.text) }
        }
    }

    /// What a person named, which is taken whatever else there is.
    mutating func name(_ named: [Flow.StageName: String]) throws {
        for (stage, text) in named { fixed[stage] = try candidate(text, for: stage) }
        if !named.isEmpty { plan = Plan(candidates, fixed: fixed, values: values) }
    }

    /// - Throws: `CommandFailure` where the project's own module has no such name.
    func candidate(_ text: String, for stage: Flow.StageName) throws -> StageCandidate {
        guard let call = EntryPoint(text) else {
            throw CommandFailure("\(text.quotedForPeople()): \(EntryPoint.textRule) is wanted", .usage)
        }
        if let known = candidates[stage]?.first(where: { $0.kind == .call(call) }) { return known }
        if call.isRecipe {
            guard call.recipe != nil else {
                let all = Recipe.allCases.map(\.rawValue).joined(separator: ", ")
                throw CommandFailure("FedOps brings no \(call); there are \(all)", .usage)
            }
        } else if let (module, function) = facts.function(call) {
            if var found = StageCandidate(function, in: module, score: 100, why: "was named") {
                let owner = function.name.split(separator: ".").dropLast().joined(separator: ".")
                found.owner = module.classes.first { $0.name == owner }?.parameters ?? []
                return found
            }
        } else if let module = facts.module(call.module) {
            if let type = module.classes.first(where: { $0.name == call.function }),
                let found = StageCandidate(type, in: module, score: 100, why: "was named")
            {
                return found
            }
            let names = module.functions.map(\.name) + module.classes.map(\.name)
            guard module.names[call.function] != nil else {
                let hint =
                    NearestWord.of(call.function, among: names).map { "; did you mean \(call.module):\($0)?" } ?? ""
                throw CommandFailure("\(module.file) defines no \(call.function)\(hint)", .usage)
            }
        }
        return StageCandidate(kind: .call(call), score: 100, why: "was named")
    }

    mutating func tryImport(python: String) async {
        let wanted = Sharpening.wanted(plan, candidates)
        guard !wanted.isEmpty else { return }
        do {
            let look = ImportLook(folder: folder, sources: facts.sources, python: python)
            let result = try await look.look(at: wanted)
            let missing = Set(result.found.values.compactMap(\.missing))
            var sharpening = Sharpening(candidates: candidates)
            sharpening.apply(result.found.filter { $0.value.missing == nil })
            candidates = sharpening.candidates
            notes.append("its functions were imported on trial \(result.how)")
            if !missing.isEmpty {
                notes.append(
                    "\(missing.sorted().joined(separator: ", ")) isn't installed for \(python): what needs it was only read"
                )
            }
            notes += sharpening.notes
        } catch {
            notes.append("nothing was imported on trial: \(error)")
        }
        for (stage, candidate) in fixed {
            if let known = candidates[stage]?.first(where: { $0.kind == candidate.kind }) { fixed[stage] = known }
        }
        plan = Plan(candidates, fixed: fixed, values: values)
    }

    mutating func ask(_ questions: Questions) throws {
        for stage in Flow.StageName.allCases where fixed[stage] == nil {
            var list = candidates[stage] ?? []
            if let likeliest = plan.chosen[stage], let index = list.firstIndex(where: { $0.kind == likeliest.kind }) {
                list.insert(list.remove(at: index), at: 0)
            }
            let project = self
            let answer: StageCandidate = try questions.choose(
                Self.question(stage),
                list.prefix(6).map { ("\($0.description): \($0.why)", $0) },
                other: "module:function"
            ) { answer in
                do {
                    return try project.candidate(answer, for: stage)
                } catch {
                    questions.console.line("\(error)")
                    return nil
                }
            }
            fixed[stage] = answer
            plan = Plan(candidates, fixed: fixed, values: values)
        }
    }

    private static func question(_ stage: Flow.StageName) -> String {
        switch stage {
        case .data: "What gives a node's data?"
        case .model: "What gives a new model?"
        case .train: "What trains it on a node's data?"
        case .evaluate: "What gives its metrics?"
        }
    }
}
