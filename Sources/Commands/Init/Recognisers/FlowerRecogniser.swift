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
            let why = "runs the app's ClientApp"
            if var recipe = StageCandidate.recipe("flower.\(stage.rawValue)", score: 100, why: why) {
                let named = [flower?.client, flower?.server].compactMap { $0?.split(separator: ":").first }
                recipe.modules = Set(named.map(String.init) + (client.map { [$0.module] } ?? []))
                found.add(stage, recipe)
            }
        }
        return Recognition(
            shape: "Flower app\(style)",
            evidence: evidence,
            candidates: found,
            notes: [
                "rounds.strategy of the flow averages; of the app's ServerApp the first arrays, and what its strategy writes into messages, are taken",
                "where the app reads partition-id and num-partitions, give each client node labels of these names (0, 1, 2 …)",
            ],
            values: values
        )
    }

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
