import Core

/// The flow that is written, and what isn't sure about it.
struct FlowDraft {
    struct Runtime {
        var kind: Flow.Runtime.Kind
        var python: String?
        var requirements: String?
        var path: String?
    }

    var task: String
    var shapes: [String]
    var runtime: Runtime
    var pythonEvidence: String?
    var requirementsEvidence: String?
    var plan: Plan
    var settings: [ParameterBinder.Bound.Setting] = []
    var optional: [ParameterBinder.Bound.Setting] = []
    var rounds = 10
    var roundsEvidence: String?
    var strategy: (name: Flow.Strategy.Name, why: String)?
    /// Local passes of a round; nil where they are the project's own affair.
    var epochs: Int? = 1
    var epochsEvidence: String?
    /// What a person has to do before the flow works.
    var todo: [String] = []
    /// What a person should look at.
    var guesses: [String] = []

    static let missing = "TODO"

    init(task: String, shapes: [String], runtime: Runtime, plan: Plan) {
        self.task = task
        self.shapes = shapes
        self.runtime = runtime
        self.plan = plan
        for stage in Flow.StageName.allCases { take(stage) }
        optional.removeAll { item in settings.contains { $0.name == item.name } }
    }

    /// What the configurations of the project's own kinds say.
    mutating func take(_ recognition: Recognition) {
        if let (count, place) = recognition.rounds, (1...1000).contains(count) {
            (rounds, roundsEvidence) = (count, place)
        }
        if let (count, place) = recognition.epochs, (1...100).contains(count) {
            (epochs, epochsEvidence) = (count, place)
        }
        if let given = recognition.strategy, shapes.count == 1 { strategy = given }
        if recognition.ownsEpochs { epochs = nil }
        for item in recognition.configuration where !settings.contains(where: { $0.name == item.name }) {
            optional.removeAll { $0.name == item.name }
            optional.append(.init(name: item.name, value: item.value, why: item.place, isGuess: false))
        }
    }

    private mutating func take(_ stage: Flow.StageName) {
        guard let candidate = plan.chosen[stage], let bound = plan.bound[stage] else {
            todo.append("stages.\(stage.rawValue): no function for it was found; name yours as module:function")
            return
        }
        for missing in bound.unbound {
            todo.append(
                "stages.\(stage.rawValue): nothing fills in the parameter \(missing.name) of \(candidate.text): \(missing.why)"
            )
        }
        if let line = candidate.shellLine { guesses.append("stages.\(stage.rawValue).command: \(line)") }
        for line in bound.with where line.isGuess {
            guesses.append("stages.\(stage.rawValue).with.\(line.name): \(YAMLText.value(line.binding.source))")
        }
        for setting in bound.settings { take(setting, stage) }
        for (name, value) in candidate.settings.sorted(by: { $0.key < $1.key })
        where !settings.contains(where: { $0.name == name }) {
            settings.append(.init(name: name, value: value, why: candidate.text, isGuess: false))
        }
        for item in bound.optional where !optional.contains(where: { $0.name == item.name }) { optional.append(item) }
        if let found = bound.epochs, case .int(let count) = found.value, stage == .train {
            let isUsual = (1...20).contains(count)
            epochs = isUsual ? count : 1
            epochsEvidence = found.place.map { isUsual ? $0 : "\($0) has \(count) for training in one place" }
        }
    }

    /// Two stages may want different values under one name; the second gets its own.
    private mutating func take(_ setting: ParameterBinder.Bound.Setting, _ stage: Flow.StageName) {
        if setting.isGuess {
            guesses.append("settings.\(setting.name): \(YAMLText.value(setting.value)), \(setting.why)")
        }
        guard let known = settings.first(where: { $0.name == setting.name }) else {
            settings.append(setting)
            return
        }
        if known.value != setting.value {
            plan.bound[stage]?.with.append(
                .init(
                    name: setting.name,
                    binding: Self.constant(setting.value),
                    why: setting.why,
                    isGuess: setting.isGuess
                )
            )
        }
    }

    private static func constant(_ value: JSONValue) -> Binding { .constant(value) }

    /// Whether all four stages are there, and each of their parameters has a value.
    var isComplete: Bool { todo.isEmpty }

    /// All modules of the project that its stages are in.
    var modules: Set<String> {
        var modules: Set<String> = []
        for candidate in plan.chosen.values {
            if case .call(let call) = candidate.kind, !call.isRecipe { modules.insert(call.module) }
            modules.formUnion(candidate.modules)
        }
        return modules
    }

    /// Packages that its recipes need, whatever the project imports.
    var packages: [String] { Set(plan.chosen.values.flatMap(\.packages)).sorted() }
}
