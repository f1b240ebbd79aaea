import API
import Commands
import ControllerClient
import Core
import Foundation
import TestSupport

/// FedOps with both of its engines: one controller, one server node and three clients, as processes.
struct ManagedRounds: Sendable {
    static let server = "aggregator"
    private static let clients = ["node-1", "node-2", "node-3"]

    let workloads: [Workload]
    let rounds: Int

    func measure(in fixture: Fixture) async throws -> [EngineFigures] {
        let place = try fixture.makeFolder("fleet")
        return try await LocalFleet.run(executable: Products.fedops.path, folder: place) { fleet in
            let site = DemoSite(fleet: fleet, folder: place)
            let client = try await site.startController()
            try await site.start(DemoSite.nodes[0], client)
            for name in Self.clients {
                var node = DemoSite.nodes[1]
                node.name = name
                try await site.start(node, client)
            }
            var figures: [EngineFigures] = []
            for workload in workloads {
                for engine in ["embedded", "flower"] {
                    figures.append(try await measure(workload, engine, client, fleet, fixture))
                }
            }
            return figures
        }
    }

    private func measure(
        _ workload: Workload,
        _ engine: String,
        _ client: ControllerClient,
        _ fleet: LocalFleet,
        _ fixture: Fixture
    ) async throws -> EngineFigures {
        let task = "\(workload.name)-\(engine)"
        let remote = try await GitRepository.make(at: fixture.url("remotes/\(task).git"))
        let commit = try await remote.commit(BenchmarkApp(workload: workload).project(task: task, engine: engine))
        try await remote.tag("v1.0.0", at: commit)
        _ = try await client.addTask(
            TaskRequest(name: task, source: SourceSpec(url: remote.folder.path, tags: "v*", interval: 5))
        )
        try await eventually("the gate of \(task) opens", within: .seconds(900), every: .milliseconds(500)) {
            let newest = try await client.listRevisions(task: task).last
            if let newest, newest.state == .failed { throw BenchmarkError("\(task): \(newest.reason ?? "")") }
            let verdict = try await client.gate(task: task)
            return verdict.open && verdict.clients.count == Self.clients.count
        }
        let processes = Array(fleet.running.values)
        // Clients get Flower's processes up within seconds of the gate: what starts them isn't a round.
        if engine == "flower" { try await waitForFlower(below: processes) }
        try ProcessPeaks.reset(processes)
        let start = Date().timeIntervalSince1970
        let run = try await client.startRun(task: task, RunRequest(rounds: rounds)).number
        let view = try await eventually("the run of \(task)", within: .seconds(1800), every: .milliseconds(250)) {
            let view = try await client.showRun(task: task, run: run)
            return view.status == .running ? nil : view
        }
        guard view.status == .completed, view.failures == 0, let done = view.rounds else {
            throw BenchmarkError("the run of \(task) is \(view.status): \(view.reason ?? "\(view.failures) failures")")
        }
        var peaks = ProcessPeaks()
        try peaks.look(at: processes)
        try await client.removeTask(task)
        return try EngineFigures(
            engine == "flower" ? "Flower under FedOps" : "embedded engine",
            workload,
            start: start,
            ends: done.compactMap { $0.ended.map { Double($0.milliseconds) / 1000 } },
            peaks: peaks
        )
    }

    /// Until SuperLink and the SuperNodes run, and are through with what their starts cost: by hand they are too.
    private func waitForFlower(below processes: [Int]) async throws {
        try await eventually("SuperLink and SuperNodes run", within: .seconds(120), every: .milliseconds(500)) {
            var peaks = ProcessPeaks()
            try peaks.look(at: processes)
            return peaks.bytes["SuperLink"] != nil && peaks.bytes["SuperNode"] != nil
        }
        let limit = ContinuousClock.now + .seconds(120)
        var before = try ProcessTree(of: processes).cpuSeconds
        while true {
            try await Task.sleep(for: .seconds(2))
            let now = try ProcessTree(of: processes).cpuSeconds
            guard now - before > 0.5 else { return }
            guard ContinuousClock.now < limit else {
                throw BenchmarkError("SuperLink and SuperNodes never come to rest")
            }
            before = now
        }
    }
}
