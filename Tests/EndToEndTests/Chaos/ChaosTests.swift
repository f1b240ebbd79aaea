import API
import Commands
import ControllerClient
import Core
import Crypto
import Foundation
import Subprocess
import TestSupport
import Testing

/// A real run whose controller, server node and client nodes are killed at random moments while tags are pushed.
@Suite struct ChaosTests {
    static let rounds = 12
    static let kills = 14

    @Test("kill -9 anywhere mixes no commits, loses no finished model, and the run completes", .timeLimit(.minutes(15)))
    func killed() async throws {
        let seed =
            ProcessInfo.processInfo.environment["FEDOPS_CHAOS_SEED"].flatMap(UInt64.init)
            ?? UInt64.random(in: 0..<10_000)
        print("chaos seed \(seed): FEDOPS_CHAOS_SEED=\(seed) chooses the same victims and moments")
        try await withFixture { fixture in
            let place = try fixture.makeFolder("fleet")
            let listen = "127.0.0.1:\(try freePort())"
            let project = try await ChaosProject(in: fixture)
            let executable = try Products.fedops.path
            try await LocalFleet.run(executable: executable, folder: place) { fleet in
                var chaos = ChaosRun(
                    fleet: fleet,
                    site: DemoSite(fleet: fleet, folder: place, listen: listen),
                    project: project,
                    random: SeededGenerator(seed: seed)
                )
                try await chaos.begin(rounds: Self.rounds)
                try await chaos.kill(times: Self.kills)
                try await chaos.finish()
                try await chaos.check(rounds: Self.rounds)
            }
        }
    }
}

/// The fleet under attack, and what was seen of it on the way.
struct ChaosRun {
    let fleet: LocalFleet
    let site: DemoSite
    var project: ChaosProject
    var random: SeededGenerator
    let task = "line"
    var client: ControllerClient?
    /// Every global model that was ever seen, by version: none of them may change or go.
    var models: [Int: ContentDigest] = [:]
    let nodes = DemoSite.nodes

    private var controller: ControllerClient {
        get throws { try #require(client) }
    }

    mutating func begin(rounds: Int) async throws {
        let controller = try await site.startController()
        client = controller
        for node in nodes { try await site.start(node, controller) }
        let url = "file://\(project.remote.path)"
        _ = try await controller.addTask(TaskRequest(name: task, source: SourceSpec(url: url, tags: "v*", interval: 1)))
        try await project.release()
        _ = try await controller.startRun(task: task, RunRequest(rounds: rounds))
        try await eventually("the first global model", within: .seconds(300)) {
            try await !controller.listModels(task: task).isEmpty
        }
    }

    mutating func kill(times: Int) async throws {
        for time in 1...times {
            let victim = (["controller"] + nodes.map(\.name)).randomElement(using: &random) ?? "controller"
            await moment()
            try await fleet.stop(victim, signal: .kill)
            if time.isMultiple(of: 5) { try await project.release() }
            await moment()
            try await fleet.start(victim)
            if victim == "controller" {
                try await eventually("the controller answers again") {
                    try await controller.health()
                    return true
                }
            }
            await note()
        }
    }

    /// Lets a random time below two seconds pass, looking at the models meanwhile.
    private mutating func moment() async {
        let end = ContinuousClock.now + .milliseconds(Int.random(in: 0..<2000, using: &random))
        while ContinuousClock.now < end { await note() }
    }

    private mutating func note() async {
        guard let seen = try? await client?.listModels(task: task) else { return }
        for model in seen {
            if let known = models[model.version] {
                #expect(known == model.digest, "model v\(model.version) has become another")
            }
            models[model.version] = model.digest
        }
    }

    mutating func finish() async throws {
        try await eventually("the run completes", within: .seconds(400), every: .milliseconds(200)) {
            let runs = try await controller.listRuns(task: task)
            return runs.contains { $0.status == .completed } && runs.allSatisfy { $0.status != .running }
        }
        await note()
    }

    func check(rounds goal: Int) async throws {
        var finished: [RoundView] = []
        for run in try await controller.listRuns(task: task) {
            let view = try await controller.showRun(task: task, run: run.number)
            finished += (view.rounds ?? []).filter { $0.status == .finished }
        }
        finished.sort { $0.epoch < $1.epoch }
        #expect(finished.map(\.round) == Array(1...goal), "each round finished once, in order")
        for round in finished {
            #expect(Set(round.contributions.map(\.commit)) == [round.commit], "round \(round.round) mixes commits")
            #expect(round.contributions.count >= 2)
        }
        let listed = try await controller.listModels(task: task)
        #expect(listed.map(\.version).sorted() == Array(1...goal))
        for (version, digest) in models {
            #expect(listed.first { $0.version == version }?.digest == digest, "model v\(version) is lost")
        }
        for model in listed {
            let grant = try await controller.grantModel(task: task, version: model.version)
            var hash = SHA256()
            try await ControllerClient.model(grant) { piece, _ in hash.update(data: piece) }
            let digest = ContentDigest(bytes: hash.finalize())
            #expect(digest == model.digest, "the server node's file of v\(model.version)")
        }
    }
}

/// A small generator with a seed (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
