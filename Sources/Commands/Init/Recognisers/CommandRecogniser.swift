import Core

/// Programs of any language named after the stages, in `bin/` or `scripts/` or at the root.
struct CommandRecogniser: Recogniser {
    private static let names: [Flow.StageName: [String]] = [
        .data: ["data", "load", "load_data", "load-data", "prepare", "prepare-data", "prepare_data"],
        .model: ["model", "init", "init-model", "init_model", "make-model", "new-model", "create-model"],
        .train: ["train", "fit", "train-model"],
        .evaluate: ["evaluate", "eval", "test", "score", "validate"],
    ]
    private static let folders = ["bin/", "scripts/", ""]

    func recognise(_ facts: ProjectFacts) -> Recognition? {
        let programs = facts.executables + facts.modules.map(\.file).filter { facts.executables.contains($0) }
        var found: [Flow.StageName: [StageCandidate]] = [:]
        for (stage, names) in Self.names {
            for folder in Self.folders {
                for name in names {
                    let program = programs.first { path in
                        guard path.hasPrefix(folder), !path.dropFirst(folder.count).contains("/") else { return false }
                        return path.dropFirst(folder.count).split(separator: ".").first.map(String.init) == name
                    }
                    // A name without a slash would be looked for among the node's own programs.
                    guard let program, found[stage] == nil else { continue }
                    let word = program.contains("/") ? program : "./\(program)"
                    let options = facts.options[program] ?? []
                    let line = CommandLineGuess(stage: stage, program: word, options: options).line
                    found[stage] = [
                        StageCandidate(
                            kind: .command(line.map { CommandLine.shell($0).arguments } ?? [word]),
                            place: program,
                            score: 22,
                            why: line == nil
                                ? "is a program, and finds all in its environment" : "is a program with options"
                        )
                    ]
                }
            }
        }
        guard found[.train] != nil, found.count >= 2 else { return nil }
        let takesOptions = found.values.contains { $0.contains { $0.shellLine != nil } }
        let places = Flow.StageName.allCases.compactMap { found[$0]?.first?.place }
        return Recognition(
            shape: "commands",
            evidence: ["\(places.joined(separator: ", ")) may be executed"],
            candidates: found,
            notes: [
                takesOptions
                    ? "options got their values by their names: look them through. Models are safetensors, and metrics are JSON "
                        + "such as {\"examples\": 120, \"loss\": 0.3} (docs/reference/stages.md)"
                    : "commands read and write safetensors at the paths that their environment names (docs/reference/stages.md)"
            ]
        )
    }
}
