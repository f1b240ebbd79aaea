import Foundation
import TestSupport

/// The peer: on each node a shell loop that asks the remote for its newest tag, fetches it, checks it out, and writes down
/// what it runs.
struct FleetOfLoops: Sendable {
    let plan: PushPlan
    let project: TinyProject
    let server: HTTPGitServer

    func measure(in fixture: Fixture) async throws -> (pushes: [PushFigures], costs: [IdleCost]) {
        var ids: [Int] = []
        for index in 0..<plan.nodes {
            let folder = try fixture.makeFolder("loop-\(index)")
            let loop = try await BackgroundProcess.start(
                "loop-\(index)",
                "sh",
                ["-c", Self.script, "loop", server.url("model.git"), fixed(plan.period, 2), delay],
                in: folder,
                environment: GitRepository.environment,
                fixture: fixture
            )
            ids.append(Int(loop.processID))
        }
        let folders = (0..<plan.nodes).map { fixture.url("loop-\($0)") }
        var figures = PushFigures(name: "\(plan.nodes) shell loops")
        let first = try await project.prepare("v2.0.0", ["VERSION": "loops\n"])
        _ = try await ready(folders, first, pushed: project.push(first))
        for number in 1...plan.pushes {
            let tag = try await project.prepare("v2.0.\(number)", ["VERSION": "loops \(number)\n"])
            try await plan.waitForRandomPhase()
            figures.seconds.append(try await ready(folders, tag, pushed: project.push(tag)))
        }
        let costs = try await IdleCost.watch(
            [("shell loop, of \(plan.nodes)", ids)],
            server: ("Git server for \(plan.nodes) shell loops", server),
            seconds: plan.idle
        )
        return ([figures], costs)
    }

    private var delay: String { fixed(.random(in: 0..<plan.period), 2) }

    /// Seconds until the last node had written the commit down, by the times of their files.
    private func ready(_ folders: [URL], _ tag: TinyProject.Tag, pushed: Date) async throws -> Double {
        try await eventually("all loops run \(tag.name)", within: .seconds(120), every: .milliseconds(100)) {
            for folder in folders {
                let file = folder.appending(path: "runs").path
                guard let text = try? String(contentsOfFile: file, encoding: .utf8), text.hasPrefix(tag.commit) else {
                    return false
                }
            }
            return true
        }
        let times = try folders.map { folder in
            let file = folder.appending(path: "runs").path
            return try FileManager.default.attributesOfItem(atPath: file)[.modificationDate] as? Date ?? .distantFuture
        }
        return (times.max() ?? .distantFuture).timeIntervalSince(pushed)
    }

    private static let script = """
        url=$1 period=$2 have=
        git init --quiet tree
        sleep "$3"
        while :; do
            line=$(git ls-remote "$url" 'refs/tags/v*' | sort -V -k 2 | tail -n 1)
            new=${line%%[[:space:]]*}
            if [ -n "$new" ] && [ "$new" != "$have" ]; then
                git -C tree fetch --quiet "$url" "${line##*[[:space:]]}" &&
                    git -C tree checkout --quiet --detach FETCH_HEAD &&
                    git -C tree rev-parse HEAD > runs.new && mv runs.new runs && have=$new
            fi
            sleep "$period"
        done
        """
}
