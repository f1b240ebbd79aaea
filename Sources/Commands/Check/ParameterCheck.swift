import Core

/// Holds the parameters of the stages' functions against what would fill them in, by the rules of the worker (see "What a
/// function takes" in docs/reference/stages.md), as far as the text of the functions tells. Where the text may not be all,
/// nothing is said.
struct ParameterCheck {
    let flow: Flow
    let facts: ProjectFacts
    let places: FlowPlaces

    private static let words = ["round", "epochs", "node", "labels", "settings"]
    /// What training under fedprox gets besides.
    private static let proximal = ["mu", "proximal_mu", "global_model"]

    func run() -> [Diagnostic] {
        Flow.StageName.allCases.flatMap(check)
    }

    private func check(_ stage: Flow.StageName) -> [Diagnostic] {
        guard let (function, place) = function(of: stage) else { return [] }
        let with = flow.stages[stage].with
        var given = stage.earlier.map(\.rawValue) + Self.words + flow.settings.keys.sorted()
        if stage == .train, flow.rounds.strategy.name == "fedprox" { given += Self.proximal }
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

    /// A function whose parameters are those in its text: it has one definition, in the one module of that name, which
    /// nothing wraps.
    private func function(of stage: Flow.StageName) -> (PythonFunction, String)? {
        guard let call = flow.stages[stage].call, !call.isRecipe else { return nil }
        if let path = flow.runtime.path, !facts.sources.contains(path) { return nil }
        let modules = facts.modules.filter { $0.module == call.module }
        guard let module = modules.first, modules.count == 1 else { return nil }
        let functions = (module.functions + module.classes.flatMap(\.methods)).filter { $0.name == call.function }
        guard let function = functions.first, functions.count == 1, function.decorators.isEmpty else { return nil }
        let isAssigned =
            module.names[function.name] != nil
            || module.calls.contains { $0.within == nil && $0.targets[function.name] != nil }
        return isAssigned ? nil : (function, "\(module.file):\(function.line)")
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
