import Core

/// Holds the parameters of the stages' functions against what would fill them in, by the rules of the worker (see "What a
/// function takes" in docs/reference/stages.md), as far as the text of the functions tells.
struct ParameterCheck {
    let flow: Flow
    let facts: ProjectFacts
    let places: FlowPlaces

    private static let words = ["round", "epochs", "node", "labels", "settings"]

    func run() -> [Diagnostic] {
        Flow.StageName.allCases.flatMap(check)
    }

    private func check(_ stage: Flow.StageName) -> [Diagnostic] {
        guard let (function, place) = function(of: stage) else { return [] }
        let with = flow.stages[stage].with
        var given = stage.earlier.map(\.rawValue) + Self.words + flow.settings.keys.sorted()
        if stage == .train || stage == .evaluate {
            // What isn't known of the data may be anything.
            guard let parts = dataParts else { return [] }
            given += parts
        }
        return function.parameters.filter { $0.required && with[$0.name] == nil && !given.contains($0.name) }.map {
            parameter in
            let nearest = NearestWord.of(parameter.name, among: given).map { "; did you mean \($0)?" } ?? ""
            return places.diagnostic(
                "stages.\(stage.rawValue).call",
                "nothing fills in the parameter \(parameter.name) of \(function.name) (\(place))\(nearest)",
                hint:
                    "bind it by with:, give it a default, or add it to settings; there are \(given.joined(separator: ", "))"
            )
        }
    }

    /// A function whose parameters are those in its text.
    private func function(of stage: Flow.StageName) -> (PythonFunction, String)? {
        guard let call = flow.stages[stage].call, !call.isRecipe, let (module, function) = facts.function(call),
            function.decorators.isEmpty
        else { return nil }
        return (function, "\(module.file):\(function.line)")
    }

    /// The names of the data's parts; nil where only the data themselves can tell.
    private var dataParts: [String]? {
        if flow.stages.data.command != nil { return [] }
        guard let (function, _) = function(of: .data) else { return nil }
        let names = function.returns.names
        guard !names.isEmpty, names.values.allSatisfy({ !$0.isEmpty }) else { return nil }
        return names.keys.sorted()
    }
}
