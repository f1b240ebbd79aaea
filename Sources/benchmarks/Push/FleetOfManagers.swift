import API
import Commands
import ControllerClient
import Core
import Foundation
import TestSupport

/// FedOps: one controller, one server node, and client nodes, as processes.
struct FleetOfManagers: Sendable {
    let plan: PushPlan
    let project: TinyProject
    let server: HTTPGitServer

    func measure(in fixture: Fixture) async throws -> (pushes: [PushFigures], costs: [IdleCost]) {
        let place = try fixture.makeFolder("fleet")
        return try await LocalFleet.run(executable: Products.fedops.path, folder: place) { fleet in
            let site = DemoSite(fleet: fleet, folder: place)
            let client = try await site.startController()
            for index in 0..<plan.nodes {
                var node = DemoSite.nodes[index == 0 ? 0 : 1]
                if index > 0 { node.name = "node-\(index)" }
                try await site.start(node, client)
            }
            let first = try await project.prepare("v1.0.0", ["VERSION": "0\n"])
            let pushed = try await project.push(first)
            let source = SourceSpec(url: server.url("model.git"), tags: "v*", interval: plan.period)
            _ = try await client.addTask(TaskRequest(name: TinyProject.task, source: source))
            _ = try await client.ready(first, on: plan.nodes, pushed: pushed)

            var figures: [PushFigures] = []
            for (name, polls) in [("each \(fixed(plan.period, 0)) s", false), ("poll at once", true)] {
                figures.append(PushFigures(name: "\(plan.nodes) managers, \(name)"))
                for _ in 0..<plan.pushes {
                    let number = figures.reduce(1) { $0 + $1.seconds.count }
                    let tag = try await project.prepare("v1.0.\(number)", ["VERSION": "\(number)\n"])
                    try await plan.waitForRandomPhase()
                    let pushed = try await project.push(tag)
                    if polls { try await client.pollTask(TinyProject.task) }
                    let progress = try await client.ready(tag, on: plan.nodes, pushed: pushed)
                    progress.add(to: &figures[figures.count - 1])
                }
            }
            return (figures, try await costs(fleet))
        }
    }

    private func costs(_ fleet: LocalFleet) async throws -> [IdleCost] {
        let running = fleet.running
        guard let controller = running["controller"], running.count == plan.nodes + 1 else {
            throw BenchmarkError("of \(plan.nodes + 1) processes run \(running.keys.sorted().joined(separator: ", "))")
        }
        return try await IdleCost.watch(
            [
                ("controller of \(plan.nodes) managers", [controller]),
                ("manager, of \(plan.nodes)", running.filter { $0.key != "controller" }.map(\.value)),
            ],
            server: ("Git server for \(plan.nodes) managers", server),
            seconds: plan.idle
        )
    }
}

/// When a push reached what, in seconds after it.
struct PushProgress: Sendable {
    var seen: Double
    var built: Double
    var begun: Double
    var ready: Double

    func add(to figures: inout PushFigures) {
        figures.seconds.append(ready)
        figures.seen.append(seen)
        figures.built.append(built - seen)
        figures.moved.append(ready - built)
    }
}

extension ControllerClient {
    /// Waits until the report of each node says that its worker was loaded from the commit, and healthy.
    ///
    /// When that was is what the controller wrote down with the last report, by the clock that the push was timed with:
    /// who asks again and again in the meantime is a load of its own.
    func ready(_ tag: TinyProject.Tag, on nodes: Int, pushed: Date) async throws -> PushProgress {
        let task = TinyProject.task
        let rollout = try await eventually(
            "all \(nodes) nodes run \(tag.name)",
            within: .seconds(180),
            every: .milliseconds(200)
        ) {
            let view = try await showTask(task)
            if let newest = view.newest, newest.name == tag.name, newest.state == .failed {
                throw BenchmarkError("the build of \(tag.name) failed: \(newest.reason ?? "")")
            }
            guard let rollout = view.rollout, rollout.to == tag.name, rollout.phase == .completed else {
                return RolloutView?.none
            }
            let ready = view.nodes.count { $0.reports?.phase == .ready && $0.reports?.commit?.text == tag.commit }
            return ready == nodes ? rollout : nil
        }
        let revision = try await showRevision(task: task, revision: tag.name)
        guard let built = revision.finished, let ended = rollout.ended else {
            throw BenchmarkError("revision \(tag.name) has run without having been built")
        }
        let start = Instant(pushed)
        return PushProgress(
            seen: revision.created.seconds(since: start),
            built: built.seconds(since: start),
            begun: rollout.started.seconds(since: start),
            ready: ended.seconds(since: start)
        )
    }
}
