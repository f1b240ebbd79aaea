import Core

/// Looks for one stage's function in the source, and for the parameters that the flow binds.
struct EntryPointCheck {
    let stage: Flow.StageName
    let call: EntryPoint
    let with: [String: Binding]
    let places: FlowPlaces
    private(set) var diagnostics: [Diagnostic] = []

    init(stage: Flow.StageName, call: EntryPoint, with: [String: Binding], places: FlowPlaces) {
        self.stage = stage
        self.call = call
        self.with = with
        self.places = places
    }

    private var path: String { "stages.\(stage.rawValue)" }

    mutating func run(_ modules: inout PythonModules) -> FlowCheck.FoundEntryPoint {
        var found = FlowCheck.FoundEntryPoint(stage: stage.rawValue, call: call.description)
        // That there is one of this name, the parser has seen to.
        if call.isRecipe { return found }
        if call.module == FlowDraft.missing {
            say(
                .error,
                "fedops init found no function for this stage",
                hint: "name yours as module:function, or run fedops init --force --\(stage.rawValue) module:function"
            )
            return found
        }
        switch modules.find(call.module) {
        case .elsewhere:
            say(
                .warning,
                "the module \(call.module) is not in the flow's folder",
                hint: "it has to come with the packages of runtime.requirements"
            )
        case .missing(let file):
            say(.error, "there is no module \(call.module): neither \(file) nor a package of that name is there")
        case .unreadable(let file):
            say(.error, "\(file) can't be read as Python in UTF-8")
        case .module(let source):
            look(in: source, &found)
        }
        return found
    }

    private mutating func look(in source: PythonSource, _ found: inout FlowCheck.FoundEntryPoint) {
        guard let definition = source.definitions[call.function] else {
            let names = source.definitions.values.filter(\.isCallable).map(\.name)
            if source.isOpen {
                return say(
                    .warning,
                    "\(call.function) is not written in \(source.file), which takes names from elsewhere"
                )
            }
            let nearest = NearestWord.of(call.function, among: names.sorted())
            let inner = source.inner[call.function].map { "; line \($0) has one, inside another function" } ?? ""
            return say(
                .error,
                "\(source.file) defines no \(call.function)\(inner)",
                hint: nearest.map { "did you mean \(call.module):\($0), line \(source.definitions[$0]?.line ?? 1)?" }
            )
        }
        found.file = source.file
        found.line = definition.line
        guard let parameters = definition.parameters else { return }
        for name in with.keys.sorted() where !parameters.contains(name) {
            diagnostics.append(
                places.diagnostic(
                    "\(path).with.\(name)",
                    "\(call.function) has no parameter \(name) (\(source.file):\(definition.line))",
                    hint: NearestWord.of(name, among: parameters).map { "did you mean \($0)?" }
                        ?? (parameters.isEmpty ? "it has none" : "it has \(parameters.joined(separator: ", "))")
                )
            )
        }
    }

    private mutating func say(_ severity: Diagnostic.Severity, _ message: String, hint: String? = nil) {
        diagnostics.append(places.diagnostic("\(path).call", severity: severity, message, hint: hint))
    }
}
