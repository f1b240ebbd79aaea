import Core

/// Something that may be a stage: a function of the project, one that FedOps brings, or a command.
struct StageCandidate {
    enum Kind: Equatable {
        case call(EntryPoint)
        case command([String])
    }

    var kind: Kind
    /// Such as `train.py:12`; nil for a recipe or a package's own.
    var place: String?
    var parameters: [PythonParameter] = []
    /// Those of the class that a method's object is made of.
    var owner: [PythonParameter] = []
    var returns: PythonFunction.Returns?
    /// How likely it is, against the others for the same stage.
    var score: Int
    /// Why, as one clause: `calls .backward`.
    var why: String
    /// What a recogniser itself binds.
    var with: [String: Binding] = [:]
    /// Settings that it needs besides those of its parameters.
    var settings: [String: JSONValue] = [:]
    var examples: Reference?
    /// Modules of the project that a recipe imports, and packages that it needs itself.
    var modules: Set<String> = []
    var packages: [String] = []

    var text: String {
        switch kind {
        case .call(let call): call.description
        case .command(let words): shellLine ?? words.joined(separator: " ")
        }
    }

    /// Of a command that a shell runs.
    var shellLine: String? {
        guard case .command(let words) = kind, words.count == 3, words[0] == "/bin/sh", words[1] == "-c" else {
            return nil
        }
        return words[2]
    }

    var isRecipe: Bool {
        if case .call(let call) = kind { call.isRecipe } else { false }
    }

    /// `train.py:12 fit(model, X)`, or what FedOps brings.
    var description: String {
        let name = "\(text.split(separator: ":").last ?? "")"
        let names = parameters.map(\.name).joined(separator: ", ")
        if isRecipe { return "\(text), which FedOps brings" }
        guard let place else { return text }
        if case .command = kind { return place }
        return "\(place) \(name)(\(names))"
    }

    /// A function that FedOps brings; nil where this version has none of that name.
    ///
    /// - Parameter takes: The parameters that it can't do without.
    static func recipe(_ name: String, takes: [String] = [], score: Int, why: String) -> StageCandidate? {
        guard Recipe(rawValue: name) != nil, let call = EntryPoint("\(Recipe.module):\(name)") else { return nil }
        let parameters = takes.map {
            PythonParameter(name: $0, required: true, default: .null, hasConstant: false, annotation: nil, uses: [])
        }
        return StageCandidate(kind: .call(call), parameters: parameters, score: score, why: why)
    }

    init(
        kind: Kind,
        place: String? = nil,
        parameters: [PythonParameter] = [],
        returns: PythonFunction.Returns? = nil,
        score: Int,
        why: String
    ) {
        self.kind = kind
        self.place = place
        self.parameters = parameters
        self.returns = returns
        self.score = score
        self.why = why
    }

    init?(_ function: PythonFunction, in module: PythonModule, score: Int, why: String) {
        guard let call = EntryPoint("\(module.module):\(function.name)") else { return nil }
        self.init(
            kind: .call(call),
            place: "\(module.file):\(function.line)",
            parameters: function.parameters,
            returns: function.returns,
            score: score,
            why: why
        )
    }

    init?(_ type: PythonClass, in module: PythonModule, score: Int, why: String) {
        guard let call = EntryPoint("\(module.module):\(type.name)") else { return nil }
        self.init(
            kind: .call(call),
            place: "\(module.file):\(type.line)",
            parameters: type.parameters,
            score: score,
            why: why
        )
    }
}

/// What one recogniser found.
struct Recognition {
    /// For people: `PyTorch`, `FedOps Silo project`.
    var shape: String
    /// The files and lines that it goes by.
    var evidence: [String]
    var candidates: [Flow.StageName: [StageCandidate]]
    /// Those that would not work in such a project, however likely they look to others: taken where nothing else is.
    var discouraged: [StageCandidate.Kind] = []
    /// What people should know of such projects.
    var notes: [String] = []
    /// Values that the project's own configuration gives to parameters of those names, and where.
    var values: [String: (value: JSONValue, place: String)] = [:]
    /// Rounds of a run and local passes of a round, where its own configuration says them.
    var rounds: (count: Int, place: String)?
    var epochs: (count: Int, place: String)?
    /// The strategy that such projects need or bring, and why.
    var strategy: (name: Flow.Strategy.Name, why: String)?
    /// Whether local passes are the project's own affair, and not those of `rounds.epochs`.
    var ownsEpochs = false
    /// Settings of the project's own configuration, over which the flow's lie.
    var configuration: [(name: String, value: JSONValue, place: String)] = []
}

/// Knows projects of one shape.
protocol Recogniser {
    init()
    func recognise(_ facts: ProjectFacts) -> Recognition?
}

extension [Flow.StageName: [StageCandidate]] {
    /// Adds what is there; a recipe that this version doesn't have isn't.
    mutating func add(_ stage: Flow.StageName, _ candidate: StageCandidate?) {
        if let candidate { self[stage, default: []].append(candidate) }
    }
}
