import ArgumentParser
import Foundation
import Git
import TestSupport

/// One poll of a remote on which nothing has changed, beside `git ls-remote`, over smart HTTP and from a folder.
struct PollBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "poll",
        abstract: "List the refs of an unchanged remote, beside git ls-remote.",
        discussion: """
            Needs git and python3. The worker is that of the fedops executable in the same build folder \
            (swift build -c release --product fedops), or where that isn't built, this executable's own.
            """
    )

    @Option(help: "Tags in the repository.")
    var tags = 200

    @Option(help: "Polls by each contender of each remote, in turn.")
    var repeats = 40

    func validate() throws {
        guard tags >= 0, repeats > 0 else { throw ValidationError("Give no negative numbers, and one poll or more.") }
    }

    func run() async throws {
        let executable = try (try? Products.fedops) ?? Products.named("benchmarks")
        try await withFixture("poll") { fixture in
            let repository = try await GitRepository.make(at: fixture.url("remotes/model.git"))
            let commit = try await repository.commit(["fedops.yaml": "task: model\n"])
            for index in 0..<tags { try await repository.tag("v1.0.\(index)", at: commit) }
            let server = try await HTTPGitServer.start(root: fixture.url("remotes"), fixture: fixture)
            let network = GitNetwork(executable: executable.path, home: fixture.url("home"))

            var table = Table("poll", "best ms", "median ms", "p95 ms", "CPU ms")
            for url in [server.url("model.git"), "file://" + repository.folder.path] {
                let (ours, theirs) = try await measure(url, network)
                let scheme = url.prefix { $0 != ":" }
                for (name, polls) in [("FedOps GitNetwork.listRefs", ours), ("git ls-remote", theirs)] {
                    table.add("\(name), \(scheme)", polls.best, polls.median, polls.late, polls.cpu)
                }
            }
            print(
                """
                one branch and \(tags) tags, \(repeats) polls each; worker in \(executable.lastPathComponent), \
                \(try await git(["--version"]))
                \(table)
                """
            )
        }
    }

    private func measure(_ url: String, _ network: GitNetwork) async throws -> (ours: Times, theirs: Times) {
        let spec = GitRemoteSpec(url: url, allowFile: true)
        var (ours, theirs) = (Times(), Times())
        for _ in 0..<repeats {
            let refs = try await ours.time { try await network.listRefs(spec, branch: "main", deadline: .seconds(60)) }
            let lines = try await theirs.time {
                try await git(["ls-remote", url, "refs/heads/main", "refs/tags/*"]).split(separator: "\n").count
            }
            guard refs.tags.count == tags, lines == tags + 1 else {
                throw ProcessOutputDiffers(description: "\(refs.tags.count) tags here, \(lines) refs there")
            }
        }
        return (ours, theirs)
    }

    private func git(_ arguments: [String]) async throws -> String {
        try await requireProcess("git", arguments, environment: GitRepository.environment)
    }
}

/// What `GitNetwork` starts, when it is this executable that it starts.
struct GitWorkerChild: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "git-worker", shouldDisplay: false)

    func run() throws { throw ExitCode(GitWorker.main()) }
}

struct ProcessOutputDiffers: Error, CustomStringConvertible {
    let description: String
}
