import Core

/// The parts of what a data function gives, by the names that its code or its callers have for them.
struct DataParts: Equatable {
    struct Part: Equatable {
        var name: String
        /// Keys and positions that lead to it; empty for the whole.
        var path: [String]
    }

    var parts: [Part] = []
    /// Whether FedOps itself knows them by these names: those of a dictionary or of a tuple's variables.
    var isNamed = false
    /// Whether the whole is one thing, such as one loader or one data module.
    var isWhole = false

    static let unknown = DataParts()

    init() {}

    init(parts: [Part], isNamed: Bool, isWhole: Bool = false) {
        self.parts = parts
        self.isNamed = isNamed
        self.isWhole = isWhole
    }

    /// What a function's text says, else what those who call it call its parts.
    init(_ candidate: StageCandidate, in facts: ProjectFacts) {
        guard let returns = candidate.returns, case .call(let call) = candidate.kind else { return }
        let named = returns.names.filter { !$0.value.isEmpty }
        if !named.isEmpty, named.count == returns.names.count {
            parts = named.map { Part(name: $0.key, path: $0.value) }.sorted {
                $0.path.lexicographicallyPrecedes($1.path)
            }
            isNamed = true
            return
        }
        if returns.elements.first?.call == "sklearn.model_selection.train_test_split" {
            parts = ["X_train", "X_test", "y_train", "y_test"].enumerated().map { Part(name: $1, path: ["\($0)"]) }
            return
        }
        let targets = Self.targets(of: call, facts)
        if returns.kind == "tuple" || targets.contains(where: { !$0.isWhole }) {
            parts = targets.first { !$0.isWhole }?.parts ?? []
            for (index, element) in returns.elements.enumerated() where returns.kind == "tuple" {
                guard let name = element.name, !parts.contains(where: { $0.path.first == "\(index)" }) else { continue }
                parts.append(Part(name: name, path: ["\(index)"]))
            }
            return
        }
        if returns.kind == "single" {
            isWhole = true
            let name = returns.elements.first?.name ?? targets.first?.parts.first?.name
            if let name { parts = [Part(name: name, path: [])] }
        }
    }

    /// The variables that callers put the result into.
    private static func targets(of call: EntryPoint, _ facts: ProjectFacts) -> [(parts: [Part], isWhole: Bool)] {
        let name = "\(call.module).\(call.function)"
        return facts.modules.flatMap(\.calls).filter { $0.name == name && !$0.targets.isEmpty }.map { made in
            let parts = made.targets.filter { $0.key != "_" }.map { Part(name: $0.key, path: $0.value) }
            return (
                parts.sorted { $0.path.lexicographicallyPrecedes($1.path) }, made.targets.values.contains { $0.isEmpty }
            )
        }
    }

    /// The reference to a part: by its name where FedOps knows it, else by its place.
    func reference(_ part: Part) -> Reference {
        if isNamed, !part.path.isEmpty { return Reference(source: .data, path: [part.name]) }
        return Reference(source: .data, path: part.path)
    }

    /// The part that a parameter of `stage` most likely means, and whether that was a guess.
    func match(_ name: String, _ uses: Set<String>, for stage: Flow.StageName) -> (part: Part, isGuess: Bool)? {
        if let exact = parts.first(where: { $0.name == name }) { return (exact, false) }
        let plain = StageWords.words(name).joined()
        if let same = parts.first(where: { StageWords.words($0.name).joined() == plain }) { return (same, false) }
        let role = DataRole(name)
        let isIterated = !uses.isDisjoint(with: ["for", "enumerate()", "tqdm()", "len()", "iter()"])
        guard role != nil || isIterated else { return nil }
        if isWhole { return (parts.first ?? Part(name: "data", path: []), role?.split == nil) }
        let splits: [DataRole.Split?] =
            switch role?.split {
            case .some(let split): [split] + (split == .train ? [] : [.test, .validation])
            case nil: stage == .train ? [.train] : [.test, .validation]
            }
        let axis = role?.axis ?? .batches
        let roles = parts.map { ($0, DataRole($0.name)) }
        for split in splits {
            if let found = roles.first(where: { $0.1?.split == split && $0.1?.axis == axis }) {
                return (found.0, role?.split == nil)
            }
        }
        // Data that aren't divided serve training and evaluation alike.
        guard let found = roles.first(where: { $0.1 != nil && $0.1?.split == nil && $0.1?.axis == axis }) else {
            return nil
        }
        return (found.0, true)
    }
}
