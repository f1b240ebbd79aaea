import Core
import Foundation
import Testing

@Suite struct FlowParserTests {
    private func flow(_ more: String = "") throws -> Flow {
        let (flow, diagnostics) = Flow.parse(yaml: FlowMistakeTests.sound + more, file: "f")
        #expect(diagnostics.isEmpty, "\(diagnostics)")
        return try #require(flow)
    }

    @Test("a task and its stages are enough")
    func minimal() throws {
        let flow = try flow()
        #expect(flow.task == "digits")
        #expect(flow.runtime.kind == .python)
        #expect(flow.stages.train.call == EntryPoint("digits:fit"))
        #expect(flow.rounds.count == 10)
        #expect(flow.rounds.strategy.name == "fedavg")
        #expect(flow.rollout.waves == [.nodes(1), .percent(100)])
        #expect(flow.participants.clients.minimum == 1)
        #expect(flow.participants.clients.selector.matches([:]))
        #expect(flow.onNewRevision == .finish)
        #expect(flow.engine == .embedded)
    }

    @Test("the engine is a choice, and flows that were written down before it have the embedded one")
    func engine() throws {
        let flow = try flow("\nengine: flower\n")
        #expect(flow.engine == .flower)
        guard case .object(var fields) = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(flow))
        else { throw CocoaError(.coderReadCorrupt) }
        #expect(fields["engine"] == .string("flower"))
        fields["engine"] = nil
        let older = try JSONDecoder().decode(Flow.self, from: JSONEncoder().encode(fields))
        #expect(older.engine == .embedded)
    }

    @Test("the whole reference example is read as it is written")
    func whole() throws {
        let yaml = try Repository.blocks(of: "yaml", in: FlowSchemaTests.referencePath)[1]
        let flow = try #require(Flow.parse(yaml: yaml, file: "f").flow)
        #expect(flow.runtime.python == ">=3.11")
        #expect(flow.runtime.requirements == "requirements.txt")
        #expect(flow.build.map(\.name) == ["build-1", "fetch-vocabulary"])
        #expect(flow.build[0].run == .shell("python -m compileall -q ."))
        #expect(flow.build[1].run == .arguments(["python", "tools/vocabulary.py", "--out", "vocabulary.txt"]))
        #expect(flow.build[1].timeout == .minutes(5))
        #expect(flow.build[1].outputLimit == .mebibytes(1))
        #expect(flow.stages.data.with["site"] == .reference(Reference(source: .labels, path: ["site"])))
        #expect(flow.stages.data.with["share"] == .constant(.double(0.8)))
        #expect(
            flow.stages.train.with["rate"] == .reference(Reference(source: .settings, path: ["optimizer", "rate"]))
        )
        #expect(flow.stages.train.examples == Reference("$data.train"))
        #expect(flow.stages.train.timeout == .minutes(8))
        #expect(flow.check?.timeout == .seconds(30))
        #expect(flow.settings["seed"] == .int(7))
        #expect(flow.participants.clients.selector.requirements == ["ward": ["radiology", "cardiology"]])
        #expect(flow.participants.clients.maximum == 10)
        #expect(flow.rollout.waves == [.nodes(1), .percent(25), .percent(50), .percent(100)])
        #expect(flow.rollout.orderBy == "ring")
        #expect(flow.rollout.hold == .seconds(30))
        let policy = Policy(flow)
        #expect(policy.rounds.deadline == 600)
        #expect(policy.participants.wait == 60)
    }

    @Test("a flow's JSON reads back as the same flow")
    func roundTrip() throws {
        for yaml in try Repository.blocks(of: "yaml", in: FlowSchemaTests.referencePath) {
            let flow = try #require(Flow.parse(yaml: yaml, file: "f").flow)
            let data = try JSONEncoder().encode(flow)
            #expect(try JSONDecoder().decode(Flow.self, from: data) == flow)
            #expect(Flow.parse(bytes: data, file: "f").flow == flow)
        }
    }

    @Test("what says no more than the defaults is no choice of what is shared")
    func share() throws {
        #expect(try flow().share == nil)
        #expect(try flow("share: {buffers: shared, optimizer: fresh}\n").share == nil)
        let share = try #require(flow("share: {only: body.**, except: ['*.bias', '**.lora_A.*']}\n").share)
        #expect(share.only?.map(\.text) == ["body.**"])
        #expect(share.except?.map(\.text) == ["*.bias", "**.lora_A.*"])
        #expect(share.buffers == .shared)
    }

    @Test("a version of Python is what the file says, even where YAML sees a number")
    func python() throws {
        #expect(try flow("runtime: {python: 3.10}\n").runtime.python == "3.10")
        #expect(try flow("runtime: {python: '3.10'}\n").runtime.python == "3.10")
    }

    @Test("what looks like a reference can be a text")
    func literalDollar() throws {
        let yaml = FlowMistakeTests.sound.replacing(
            "digits:load",
            with: "{call: digits:load, with: {price: $$5, list: [$data]}}"
        )
        let flow = try #require(Flow.parse(yaml: yaml, file: "f").flow)
        #expect(flow.stages.data.with["price"] == .constant(.string("$5")))
        #expect(flow.stages.data.with["list"] == .constant(.array([.string("$data")])))
    }

    @Test("examples may be counted by the stage's own output")
    func ownOutput() throws {
        let yaml = FlowMistakeTests.sound.replacing("digits:fit", with: "{call: digits:fit, examples: $train.count}")
        #expect(Flow.parse(yaml: yaml, file: "f").flow?.stages.train.examples?.source == .train)
    }

    @Test("aliases are followed")
    func aliases() throws {
        let flow = try flow("settings: {a: &shared {rate: 1}, b: *shared}\n")
        #expect(flow.settings["b"] == .object(["rate": .int(1)]))
    }

    @Test("a shell line may hold what looks like YAML's own marks")
    func shell() throws {
        let flow = try flow(
            """
            settings: {a: &x 1, b: *x}
            build:
              - |
                for f in *.py; do echo "${f}: ok"; done 2>&1
                test -f a && rm *x
            """
        )
        guard case .shell(let line) = flow.build[0].run else {
            Issue.record("not a line")
            return
        }
        #expect(line.contains("rm *x"))
    }

    @Test("a stage that outlasts the round is warned of, and no mistake")
    func warning() throws {
        let yaml = FlowMistakeTests.sound.replacing("digits:fit", with: "{call: digits:fit, timeout: 20m}")
        let (flow, diagnostics) = Flow.parse(yaml: yaml, file: "f")
        #expect(flow != nil)
        #expect(
            diagnostics.map(\.description) == [
                "f:5:38: warning: stages.train.timeout: 20m is longer than rounds.deadline, 10m, which ends the stage first"
            ]
        )
    }
}
