import Core

/// A Flower app: `[tool.flwr.app]` of pyproject.toml names a ClientApp and a ServerApp. Its functions around them (the
/// `task.py` of most apps) are found by its framework's recogniser; here the app itself is told apart, and its settings
/// are read.
struct FlowerRecogniser: Recogniser {
    func recognise(_ facts: ProjectFacts) -> Recognition? {
        let client = clientModule(facts)
        let flower = facts.project?.flower
        guard flower?.isApp == true || client != nil else { return nil }
        var evidence: [String] = []
        if flower?.isApp == true { evidence.append("pyproject.toml has [tool.flwr.app]") }
        var style = ""
        if let client {
            if let function = client.functions.first(where: { isMessage($0) }) {
                style = ", message API"
                evidence.append("\(client.file):\(function.line) \(function.name) answers messages")
            }
            if let type = client.classes.first(where: { facts.descends($0, from: Self.clients) }) {
                style = ", NumPyClient"
                evidence.append("\(client.file):\(type.line) \(type.name) is a \(type.bases.first ?? "NumPyClient")")
            }
        }
        var values: [String: (value: JSONValue, place: String)] = [:]
        for (key, value) in flower?.config ?? [:] {
            values[key] = (value, "pyproject.toml, [tool.flwr.app.config] \(key)")
        }
        var found: [Flow.StageName: [StageCandidate]] = [:]
        for stage in Flow.StageName.allCases {
            let (place, why) = place(of: stage, flower, client, facts)
            if var recipe = StageCandidate.recipe("flower.\(stage.rawValue)", score: 100, why: why) {
                recipe.place = place
                let named = [flower?.client, flower?.server].compactMap { $0?.split(separator: ":").first }
                recipe.modules = Set(named.map(String.init) + (client.map { [$0.module] } ?? []))
                found.add(stage, recipe)
            }
        }
        var recognition = Recognition(
            shape: "Flower app\(style)",
            evidence: evidence,
            candidates: found,
            notes: [
                "of the app's ServerApp the first arrays and its strategy are taken; the flow has the rounds and their clients",
                "where the app reads partition-id and num-partitions, nodes need labels of these names; fedops try gives them",
            ],
            values: values
        )
        recognition.ownsEpochs = true
        if let module = facts.own.first(where: { module in Self.strategies.contains { module.imports($0) } }) {
            recognition.strategy = (.serverapp, "the ServerApp's own, as \(module.file) has it")
        }
        for (key, value) in (flower?.config ?? [:]).sorted(by: { $0.key < $1.key }) {
            if key == "num-server-rounds", case .int(let count) = value {
                recognition.rounds = (count, "pyproject.toml, num-server-rounds")
            } else {
                recognition.configuration.append((key, value, "pyproject.toml"))
            }
        }
        return recognition
    }

    /// What of the app a stage is, and what it does with it.
    private func place(
        of stage: Flow.StageName,
        _ flower: ProjectFacts.Package.Flower?,
        _ client: PythonModule?,
        _ facts: ProjectFacts
    ) -> (String?, String) {
        let server = flower?.server?.split(separator: ":").first.flatMap { facts.module(String($0)) }
        func line(_ end: String) -> String? {
            guard let client else { return nil }
            let function = client.functions.first { $0.decorators.contains { $0.hasSuffix(".\(end)") } }
            return function.map { "\(client.file):\($0.line)" } ?? client.file
        }
        return switch stage {
        case .data: ("pyproject.toml", "makes the app's Context, with the node's labels as its node_config")
        case .model: (server?.file, "asks the ServerApp for the first arrays")
        case .train: (line("train"), "sends the ClientApp a message to train")
        case .evaluate: (line("evaluate"), "sends the ClientApp a message to evaluate")
        }
    }

    private static let strategies = ["flwr.serverapp.strategy", "flwr.server.strategy"]
    private static let clients: Set<String> = [
        "flwr.client.NumPyClient", "flwr.client.Client", "flwr.client.numpy_client.NumPyClient",
    ]

    private func isMessage(_ function: PythonFunction) -> Bool {
        function.decorators.contains { $0.hasSuffix(".train") || $0.hasSuffix(".evaluate") }
            && function.parameters.contains { $0.annotation == "Message" || ["msg", "message"].contains($0.name) }
    }

    private func clientModule(_ facts: ProjectFacts) -> PythonModule? {
        if let name = facts.project?.flower.client?.split(separator: ":").first {
            return facts.module(String(name))
        }
        return facts.own.first { module in
            module.imports("flwr") && module.classes.contains { facts.descends($0, from: Self.clients) }
        }
    }
}
