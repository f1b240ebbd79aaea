import Foundation
import Testing

@testable import Core

/// Holds the JSON Schema, the reference and the parser against one another.
@Suite struct FlowSchemaTests {
    static let schemaPath = "docs/reference/fedops.schema.json"
    static let referencePath = "docs/reference/flow.md"

    private func schema() throws -> JSONSchemaValidator {
        JSONSchemaValidator(
            root: try JSONDecoder().decode(JSONValue.self, from: Data(Repository.text(Self.schemaPath).utf8))
        )
    }

    private func json(_ yaml: String) -> JSONValue? {
        YAMLDocument(yaml, file: "f").root.map { root in
            var reader = FlowReader(file: "f")
            return reader.json(root, "")
        }
    }

    /// Follows keys through `$ref` and `anyOf` to the schema of a map.
    private func keys(_ validator: JSONSchemaValidator, _ path: String...) throws -> [String] {
        func maps(_ schema: JSONValue) throws -> [JSONValue] {
            if case .string(let pointer)? = schema["$ref"] { return try maps(validator.resolve(pointer)) }
            if case .array(let choices)? = schema["anyOf"] { return try choices.flatMap(maps) }
            if let items = schema["items"] { return try maps(items) }
            return schema["properties"] == nil ? [] : [schema]
        }
        var here = try maps(validator.root)
        for step in path { here = try here.compactMap { $0["properties"]?[step] }.flatMap(maps) }
        guard case .object(let properties)? = here.first?["properties"], here.count == 1 else { return [] }
        return properties.keys.sorted()
    }

    @Test("the schema has the parser's keys")
    func sameKeys() throws {
        let schema = try schema()
        #expect(try keys(schema) == FlowKeys.flow.sorted())
        #expect(try keys(schema, "runtime") == FlowKeys.runtime.sorted())
        #expect(try keys(schema, "build") == FlowKeys.step.sorted())
        #expect(try keys(schema, "test") == FlowKeys.step.sorted())
        #expect(try keys(schema, "stages") == FlowKeys.stages.sorted())
        #expect(try keys(schema, "stages", "data") == FlowKeys.stage.sorted())
        #expect(try keys(schema, "stages", "model") == FlowKeys.stage.sorted())
        #expect(try keys(schema, "stages", "train") == FlowKeys.countingStage.sorted())
        #expect(try keys(schema, "stages", "evaluate") == FlowKeys.countingStage.sorted())
        #expect(try keys(schema, "check") == FlowKeys.check.sorted())
        #expect(try keys(schema, "share") == FlowKeys.share.sorted())
        #expect(try keys(schema, "rounds") == FlowKeys.rounds.sorted())
        #expect(try keys(schema, "rounds", "stop") == FlowKeys.stop.sorted())
        #expect(try keys(schema, "rounds", "best") == FlowKeys.best.sorted())
        #expect(try keys(schema, "rounds", "contribution") == FlowKeys.contribution.sorted())
        #expect(try keys(schema, "participants") == FlowKeys.participants.sorted())
        #expect(try keys(schema, "participants", "server") == FlowKeys.server.sorted())
        #expect(try keys(schema, "participants", "clients") == FlowKeys.clients.sorted())
        #expect(try keys(schema, "rollout") == FlowKeys.rollout.sorted())
        #expect(try keys(schema, "trackers") == FlowKeys.tracker.sorted())
    }

    @Test("the schema has the parser's words")
    func sameEnums() throws {
        let root = try schema().root
        func words(_ path: String...) -> [JSONValue] {
            let found = path.reduce(root as JSONValue?) { $0?[$1] }
            return if case .array(let values)? = found { values } else { [] }
        }
        func texts(_ values: [some RawRepresentable<String>]) -> [JSONValue] { values.map { .string($0.rawValue) } }
        let rollout = words("properties", "rollout", "properties", "onFailure", "enum")
        #expect(rollout == texts(Flow.FailurePolicy.allCases))
        #expect(words("properties", "onNewRevision", "enum") == texts(Flow.NewRevisionPolicy.allCases))
        #expect(words("properties", "engine", "enum") == texts(Flow.Engine.allCases))
        #expect(words("properties", "runtime", "anyOf", "0", "enum") == texts(Flow.Runtime.Kind.allCases))
        #expect(words("properties", "share", "properties", "buffers", "enum") == texts(Flow.Place.allCases))
        #expect(words("properties", "share", "properties", "batchNorm", "enum") == texts(Flow.Place.allCases))
        #expect(words("properties", "share", "properties", "optimizer", "enum") == texts(Flow.Optimizer.allCases))
        let trackers = words("properties", "trackers", "items", "anyOf", "0", "enum")
        #expect(trackers == texts(Flow.Tracker.Name.allCases))
        let kind = words("properties", "runtime", "anyOf", "1", "properties", "kind", "enum")
        #expect(kind == texts(Flow.Runtime.Kind.allCases))
        let evaluate = words("properties", "rounds", "properties", "evaluate", "enum")
        #expect(evaluate == texts(EvaluationPlace.allCases))
        #expect(words("$defs", "mode", "enum") == texts(MetricMode.allCases))
        let clients = ["properties", "participants", "properties", "clients", "properties"]
        let select = (clients + ["select", "anyOf", "1", "properties", "name", "enum"]).reduce(root as JSONValue?) {
            $0?[$1]
        }
        #expect(select == .array(texts(SelectRule.Name.allCases)))
        let strategy = words("properties", "rounds", "properties", "strategy", "anyOf", "0", "enum")
        #expect(strategy == texts(Flow.Strategy.Name.allCases.filter(\.standsAlone)))
    }

    @Test("the schema has each strategy's options, with their types, ranges and defaults")
    func strategies() throws {
        let root = try schema().root
        let path = ["properties", "rounds", "properties", "strategy", "anyOf"]
        guard case .array(let choices)? = path.reduce(root as JSONValue?, { $0?[$1] }) else {
            Issue.record("the schema has no strategies")
            return
        }
        let maps = choices.dropFirst()
        #expect(maps.count == Flow.Strategy.Name.allCases.count)
        for (name, map) in zip(Flow.Strategy.Name.allCases, maps) {
            #expect(map["properties"]?["name"]?["const"] == .string(name.rawValue))
            let needed = name.options.filter(\.isNeeded).map { JSONValue.string($0.key) }
            #expect(map["required"] == .array([.string("name")] + needed))
            guard case .object(let properties)? = map["properties"] else { continue }
            #expect(Set(properties.keys) == Set(["name"] + name.options.map(\.key)))
            for option in name.options {
                let schema = try #require(properties[option.key])
                #expect(schema["default"]?.number == option.standard?.number, "\(name).\(option.key)")
                switch option.kind {
                case .number(let range, let excluded):
                    #expect(schema["type"] == .string("number"))
                    let low = schema[excluded == range.lowerBound ? "exclusiveMinimum" : "minimum"]
                    let high = schema[excluded == range.upperBound ? "exclusiveMaximum" : "maximum"]
                    #expect(
                        low?.number == range.lowerBound && high?.number == range.upperBound,
                        "\(name).\(option.key)"
                    )
                case .whole(let range):
                    #expect(schema["type"] == .string("integer"))
                    #expect(schema["minimum"] == .int(range.lowerBound) && schema["maximum"] == .int(range.upperBound))
                case .flag: #expect(schema["type"] == .string("boolean"))
                }
            }
        }
    }

    @Test("the reference's examples are sound to both")
    func examples() throws {
        let examples = try Repository.blocks(of: "yaml", in: Self.referencePath)
        #expect(examples.count == 3)
        for yaml in examples {
            let (flow, diagnostics) = Flow.parse(yaml: yaml, file: "f")
            #expect(flow != nil)
            #expect(diagnostics.isEmpty, "\(diagnostics)")
            #expect(try schema().flaws(of: try #require(json(yaml))).isEmpty)
        }
    }

    /// What the schema can't see: relations between values, ranges of durations, and how YAML writes them.
    static let unseen: Set = [
        "alias-bomb.yaml", "keys-twice.yaml", "map-as-key.yaml", "numbers.yaml", "second-document.yaml",
        "share-of-commands.yaml", "steering-alone.yaml", "strategy-app.yaml", "strategy-beside.yaml",
        "strategy-clients.yaml", "strategy-command.yaml", "strategy-trees.yaml", "tags.yaml",
    ]

    @Test("the schema refuses what the parser refuses", arguments: FlowMistakeTests.expected.keys.sorted())
    func mistakes(name: String) throws {
        guard let value = json(try Repository.text("\(FlowMistakeTests.folder)/\(name)")) else { return }
        #expect(try schema().flaws(of: value).isEmpty == Self.unseen.contains(name))
    }

    /// The value of every `default` in the schema, in the shape of a flow.
    private func defaults(_ validator: JSONSchemaValidator, _ schema: JSONValue) throws -> JSONValue? {
        if let own = schema["default"] { return own }
        if case .string(let pointer)? = schema["$ref"] { return try defaults(validator, validator.resolve(pointer)) }
        guard case .object(let properties)? = schema["properties"] else { return nil }
        let members = try properties.compactMapValues { try defaults(validator, $0) }
        return members.isEmpty ? nil : .object(members)
    }

    @Test("what the schema calls a default makes no difference")
    func sameDefaults() throws {
        let schema = try schema()
        let minimal = try #require(Flow.parse(yaml: FlowMistakeTests.sound, file: "f").flow)
        guard case .object(var all)? = try defaults(schema, schema.root),
            case .object(let sound)? = json(FlowMistakeTests.sound)
        else {
            Issue.record("the schema has no defaults")
            return
        }
        #expect(
            Set(all.keys) == [
                "runtime", "build", "test", "settings", "share", "rounds", "participants", "rollout", "onNewRevision",
                "engine",
            ]
        )
        all.merge(sound) { $1 }
        let text = String(decoding: try JSONEncoder().encode(all), as: UTF8.self)
        let (flow, diagnostics) = Flow.parse(yaml: text, file: "f")
        #expect(diagnostics.isEmpty, "\(diagnostics)")
        #expect(flow == minimal)
    }

    @Test("the reference names every key")
    func reference() throws {
        let text = try Repository.text(Self.referencePath)
        let keys = [
            FlowKeys.flow, FlowKeys.share, FlowKeys.runtime, FlowKeys.step, FlowKeys.stages, FlowKeys.countingStage,
            FlowKeys.check,
            FlowKeys.schedule, FlowKeys.cosine, FlowKeys.stop, FlowKeys.best, FlowKeys.contribution,
            FlowKeys.rounds, FlowKeys.participants, FlowKeys.server, FlowKeys.clients, FlowKeys.rollout,
            FlowKeys.tracker,
        ]
        for key in Set(keys.joined()) {
            #expect(
                text.contains("`\(key)`") || text.contains(".\(key)`") || text.contains(".\(key).")
                    || text.contains("`\(key)."),
                "\(key)"
            )
        }
    }
}
