import ArgumentParser
import Foundation
import TestSupport

/// From a push until every node runs it: FedOps with managers as processes, beside as many shell loops that poll each by
/// itself.
struct PushBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Push tags to a fleet of managers, beside a fleet of shell loops.",
        discussion: "Needs git, python3 and the fedops executable beside this one (swift build -c release)."
    )

    @Option(help: "Managers, and as many loops; may be repeated.")
    var nodes: [Int] = [3, 50]

    @Option(help: "Pushes for each fleet and way, each at a random moment of the period.")
    var pushes = 10

    @Option(help: "Seconds between two looks at the remote.")
    var period = 2.0

    @Option(help: "Seconds for which the idle fleets are watched.")
    var idle = 30.0

    func validate() throws {
        guard nodes.allSatisfy({ $0 > 1 }), pushes > 0, (1...3600).contains(period), idle > 0 else {
            throw ValidationError("Give two nodes or more, one push or more, and a period of a second or more.")
        }
    }

    func run() async throws {
        var (times, costs) = (PushFigures.table, IdleCost.table)
        for count in nodes {
            // Each fleet has the machine for itself, the same remote, and the same commits on it.
            let plan = PushPlan(nodes: count, pushes: pushes, period: period, idle: idle)
            let figures = try await withWorkplace("push") { fixture in
                let project = try await TinyProject(in: fixture)
                let server = try await HTTPGitServer.start(root: fixture.url("remotes"), fixture: fixture)
                let ours = try await FleetOfManagers(plan: plan, project: project, server: server).measure(in: fixture)
                let theirs = try await FleetOfLoops(plan: plan, project: project, server: server).measure(in: fixture)
                return (pushes: ours.pushes + theirs.pushes, costs: ours.costs + theirs.costs)
            }
            for row in figures.pushes { row.add(to: &times) }
            for row in figures.costs { row.add(to: &costs) }
        }
        print(
            """
            \(pushes) pushes each at random phase, every node or the controller looks each \(fixed(period, 0)) s, Git over \
            smart HTTP, \(ProcessInfo.processInfo.activeProcessorCount) cores
            \(times)

            idle for \(fixed(idle, 0)) s:
            \(costs)
            """
        )
    }
}

struct PushPlan: Sendable {
    var nodes: Int
    var pushes: Int
    var period: Double
    var idle: Double

    /// Lets a random part of the period pass.
    func waitForRandomPhase() async throws { try await Task.sleep(for: .seconds(.random(in: 0..<period))) }
}

/// Seconds from before `git push` until the last node ran what was pushed.
struct PushFigures: Sendable {
    let name: String
    var seconds: [Double] = []
    /// Where these seconds went, for those that tell: until the tag was seen and stored, until its artifact was built, and
    /// until the last node had reported it.
    var seen: [Double] = []
    var built: [Double] = []
    var moved: [Double] = []

    static var table: Table { Table("fleet", "p50 s", "p95 s", "best s", "seen p50 s", "built p50 s", "nodes p50 s") }

    func add(to table: inout Table) {
        table.add(
            name,
            fixed(quantile(0.5, of: seconds), 2),
            fixed(quantile(0.95, of: seconds), 2),
            fixed(best(seconds), 2),
            seen.isEmpty ? "" : fixed(quantile(0.5, of: seen), 2),
            built.isEmpty ? "" : fixed(quantile(0.5, of: built), 2),
            moved.isEmpty ? "" : fixed(quantile(0.5, of: moved), 2)
        )
    }
}
