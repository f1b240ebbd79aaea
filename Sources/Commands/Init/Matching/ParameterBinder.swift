import Core

/// Says what each parameter of a stage's function is given.
struct ParameterBinder {
    struct Bound {
        struct Line {
            var name: String
            var binding: Binding
            /// Where it comes from, for a comment.
            var why: String?
            var isGuess = false
        }

        struct Setting {
            var name: String
            var value: JSONValue
            var why: String
            var isGuess: Bool
        }

        struct Unbound {
            var name: String
            var why: String
        }

        var with: [Line] = []
        var settings: [Setting] = []
        /// Parameters with a default that people may want to set.
        var optional: [Setting] = []
        var unbound: [Unbound] = []
        /// Parameters that FedOps fills in by their names.
        var named: [String] = []
        /// The value that the project itself takes for local passes.
        var epochs: SettingValues.Found?
    }

    let stage: Flow.StageName
    let candidate: StageCandidate
    let model: StageCandidate?
    let data: DataParts
    let values: SettingValues

    func bind() -> Bound {
        var bound = Bound()
        for (name, binding) in candidate.with.sorted(by: { $0.key < $1.key }) {
            bound.with.append(.init(name: name, binding: binding, why: nil))
        }
        var hasModel = candidate.parameters.contains { $0.name == "model" }
        for parameter in candidate.parameters where candidate.with[parameter.name] == nil {
            bind(parameter, &bound, &hasModel)
        }
        for parameter in candidate.owner where parameter.required { bindOwner(parameter, &bound) }
        return bound
    }

    /// The constructor of a method's class is filled in by names alone.
    private func bindOwner(_ parameter: PythonParameter, _ bound: inout Bound) {
        let name = parameter.name
        let known = ["round", "epochs", "node", "labels", "settings"] + (isLater ? ["data", "model"] : [])
        if known.contains(name) || (isLater && data.isNamed && data.parts.contains { $0.name == name }) {
            bound.named.append(name)
        } else if let found = values.value(of: name, for: candidate), Self.isPlain(found.value) {
            let why = found.place ?? "a usual value: the project says none"
            bound.settings.append(.init(name: name, value: found.value, why: why, isGuess: found.place == nil))
        } else {
            bound.unbound.append(.init(name: name, why: "the constructor of its class takes it, by this name only"))
        }
    }

    private var isLater: Bool { stage == .train || stage == .evaluate }

    private func bind(_ parameter: PythonParameter, _ bound: inout Bound, _ hasModel: inout Bool) {
        let name = parameter.name
        let word = name.lowercased()
        func with(_ source: Reference.Source, _ path: [String] = [], _ why: String? = nil, isGuess: Bool = false) {
            let reference = Reference(source: source, path: path)
            bound.with.append(.init(name: name, binding: .reference(reference), why: why, isGuess: isGuess))
        }
        if isLater {
            if name == "model" { return bound.named.append(name) }
            if StageWords.epochs.contains(word) {
                bound.epochs = epochs(parameter)
                return name == "epochs" ? bound.named.append(name) : with(.epochs)
            }
            if StageWords.rounds.contains(word) { return name == "round" ? bound.named.append(name) : with(.round) }
            if parameter.required, bindData(parameter, &bound) { return }
            if parameter.required, !hasModel, StageWords.isModel(parameter), !StageWords.made.contains(word) {
                hasModel = true
                return with(.model)
            }
            if !parameter.required, DataRole(name) != nil, data.parts.contains(where: { $0.name == name }) {
                if data.isNamed { bound.named.append(name) } else { _ = bindData(parameter, &bound) }
                return
            }
        } else if bindNode(parameter, &bound) {
            return
        }
        setting(parameter, &bound)
    }

    private func epochs(_ parameter: PythonParameter) -> SettingValues.Found? {
        if parameter.hasConstant, case .int = parameter.default, let place = candidate.place {
            return .init(value: parameter.default, place: place)
        }
        return values.value(of: parameter.name, for: candidate)
    }

    /// By the variable that callers hand in, then by the parameter's own name.
    private func bindData(_ parameter: PythonParameter, _ bound: inout Bound) -> Bool {
        let name = parameter.name
        if StageWords.made.contains(name.lowercased()) { return false }
        let given = values.argument(of: name, for: candidate)?.argument.name
        for text in [given, name].compactMap({ $0 }) {
            // The variable `data` of a caller says less than the parameter's own name.
            if text == given, text != name, !data.parts.contains(where: { $0.name == text }) { continue }
            guard let match = data.match(text, parameter.uses, for: stage) else { continue }
            if match.part.name == name, data.isNamed {
                bound.named.append(name)
            } else if match.part.path.isEmpty, name == "data" {
                bound.named.append(name)
            } else {
                let what = data.isNamed && !match.isGuess ? nil : "the data's part \(match.part.name)"
                let binding = Binding.reference(data.reference(match.part))
                bound.with.append(.init(name: name, binding: binding, why: what, isGuess: match.isGuess))
            }
            return true
        }
        if name == "data" {
            bound.named.append(name)
            return true
        }
        return false
    }

    /// Which node it is, for the data and the model.
    private func bindNode(_ parameter: PythonParameter, _ bound: inout Bound) -> Bool {
        let word = parameter.name.lowercased()
        if StageWords.nodes.contains(word) {
            if word == "node" {
                bound.named.append(parameter.name)
            } else {
                bound.with.append(.init(name: parameter.name, binding: .reference(.init(source: .node)), why: nil))
            }
            return true
        }
        let isPartition = StageWords.partitions.contains(word)
        // Of nothing else is known who has which part of the data.
        let isCount =
            StageWords.counts.contains(word) && parameter.required
            && candidate.parameters.contains { StageWords.partitions.contains($0.name.lowercased()) }
        guard stage == .data, isPartition || isCount || StageWords.sites.contains(word) else { return false }
        let label =
            isPartition
            ? "partition-id" : isCount ? "num-partitions" : word.split(separator: "_").first.map(String.init) ?? word
        bound.with.append(
            .init(
                name: parameter.name,
                binding: .reference(Reference(source: .labels, path: [label])),
                why:
                    "the node's label `\(label)`\(isPartition ? ": 0, 1, 2 …" : isCount ? ": how many there are" : "")",
                isGuess: true
            )
        )
        return true
    }

    private func setting(_ parameter: PythonParameter, _ bound: inout Bound) {
        let name = parameter.name
        let word = name.lowercased()
        guard parameter.required else {
            if parameter.hasConstant, Self.isScalar(parameter.default), let place = candidate.place {
                bound.optional.append(
                    .init(name: name, value: parameter.default, why: "\(place), its default", isGuess: false)
                )
            }
            return
        }
        if StageWords.devices.contains(word) {
            bound.with.append(.init(name: name, binding: .constant(.string("cpu")), why: "or cuda", isGuess: true))
            return
        }
        if StageWords.namespaces.contains(word) { return namespace(parameter, &bound) }
        if StageWords.made.contains(word) {
            bound.unbound.append(.init(name: name, why: "only code can make it, and no stage does"))
            return
        }
        if let found = values.value(of: name, for: candidate), Self.isPlain(found.value) {
            let why = found.place ?? "a usual value: the project says none"
            bound.settings.append(.init(name: name, value: found.value, why: why, isGuess: found.place == nil))
        } else if StageWords.counts.contains(word) {
            bound.settings.append(.init(name: name, value: .int(3), why: "as many as there are clients", isGuess: true))
        } else {
            bound.unbound.append(.init(name: name, why: "nothing in the project says what it is"))
        }
    }

    /// A dictionary can stand for an object of settings that is only looked up in.
    private func namespace(_ parameter: PythonParameter, _ bound: inout Bound) {
        let attributes = parameter.uses.filter { $0.hasPrefix(".") && ![".get", ".items", ".keys"].contains($0) }
        guard attributes.isEmpty else {
            let names = attributes.sorted().prefix(4).joined(separator: ", ")
            bound.unbound.append(
                .init(name: parameter.name, why: "an object with \(names) is wanted, and the flow's settings are a map")
            )
            return
        }
        bound.with.append(
            .init(
                name: parameter.name,
                binding: .reference(.init(source: .settings)),
                why: "all settings",
                isGuess: true
            )
        )
    }

    static func isScalar(_ value: JSONValue) -> Bool {
        switch value {
        case .int, .double, .bool, .string: true
        default: false
        }
    }

    private static func isPlain(_ value: JSONValue) -> Bool { value != .null }
}
