import Foundation
import TestSupport

enum Tool {
    static func isInstalled(_ name: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
        }
    }
}

extension DeltaProject {
    /// A shallow clone, and a fetch of the next tag into it.
    func gitDelta(in fixture: Fixture) async throws -> DeltaFigures {
        let server = try await HTTPGitServer.start(root: fixture.url("remotes"), fixture: fixture)
        let relay = try await Relay.start("relay-git", to: server.port, in: fixture)
        let url = "http://127.0.0.1:\(relay.port)/model.git"
        let copy = fixture.url("git-node").path
        return try await measure("git fetch --depth 1, smart HTTP", relay) {
            try await run("git", ["clone", "--quiet", "--depth", "1", "--branch", first.name, url, copy])
        } publish: {
            // Both tags are on the remote already.
        } change: {
            try await run("git", ["-C", copy, "fetch", "--quiet", "--depth", "1", "origin", "tag", second.name])
            try await run("git", ["-C", copy, "checkout", "--quiet", second.name])
        }
    }

    /// The folder from rsync's own server, as it is and compressed.
    func rsyncDelta(in fixture: Fixture) async throws -> [DeltaFigures] {
        let port = try freePort()
        let settings = try fixture.write(
            "use chroot = no\n[tree]\npath = \(folder.path)\nread only = yes\n",
            to: "rsyncd.conf"
        )
        let place = ["--address=127.0.0.1", "--port=\(port)", "--config=\(settings.path)"]
        let daemon = ["--daemon", "--no-detach"] + place
        _ = try await BackgroundProcess.start("rsyncd", "rsync", daemon, fixture: fixture)
        let relay = try await Relay.start("relay-rsync", to: port, in: fixture)
        let before = try String(contentsOf: folder.appending(path: changed.path), encoding: .utf8)
        try await eventually("rsync serves the folder") {
            try await run("rsync", ["rsync://127.0.0.1:\(relay.port)/"])
            return true
        }
        var figures: [DeltaFigures] = []
        for options in ["-a", "-az"] {
            let copy = fixture.url("rsync-node\(options)").path
            let arguments = [options, "--delete", "rsync://127.0.0.1:\(relay.port)/tree/", copy]
            try restoreFolder(before)
            figures.append(
                try await measure("rsync \(options)", relay) {
                    try await run("rsync", arguments)
                } publish: {
                    try changeFolder()
                } change: {
                    try await run("rsync", arguments)
                }
            )
        }
        try restoreFolder(before)
        return figures
    }

    /// An index and a store of chunks over HTTP, with what the node has as the seed.
    func casyncDelta(in fixture: Fixture) async throws -> DeltaFigures {
        let served = folder.deletingLastPathComponent()
        let store = served.appending(path: "store.castr").path
        func make(_ name: String) async throws {
            let index = served.appending(path: "\(name).caidx").path
            try await run("casync", ["make", "--store=\(store)", "--without=all", index, folder.path])
        }
        try await make("first")
        let files = ["--protocol", "HTTP/1.1", "--directory", served.path]
        let server = try await BackgroundProcess.start(
            "http",
            "python3",
            ["-u", "-m", "http.server", "--bind", "127.0.0.1"] + files + ["0"],
            fixture: fixture
        )
        try await server.waitForOutput(" port ")
        guard let port = server.output.matches(of: /port ([0-9]+)/).first.flatMap({ Int($0.output.1) }) else {
            throw BenchmarkError("http.server did not tell its port")
        }
        let relay = try await Relay.start("relay-casync", to: port, in: fixture)
        let url = "http://127.0.0.1:\(relay.port)"
        let (old, new) = (fixture.url("casync-old").path, fixture.url("casync-new").path)
        func extract(_ name: String, to place: String, _ options: [String]) async throws {
            let arguments = ["extract", "--store=\(url)/store.castr", "--without=all"] + options
            try await run("casync", arguments + ["\(url)/\(name).caidx", place])
        }
        return try await measure("casync extract --seed, HTTP", relay) {
            try await extract("first", to: old, [])
        } publish: {
            try changeFolder()
            try await make("second")
        } change: {
            try await extract("second", to: new, ["--seed=\(old)"])
        }
    }

    private func measure(
        _ name: String,
        _ relay: Relay,
        first: () async throws -> Void,
        publish: () async throws -> Void,
        change: () async throws -> Void
    ) async throws -> DeltaFigures {
        let (begun, start) = (try relay.bytes, ContinuousClock.now)
        try await first()
        let (whole, had) = (try relay.bytes, ContinuousClock.now)
        try await publish()
        let middle = ContinuousClock.now
        try await change()
        let end = ContinuousClock.now
        return DeltaFigures(
            name: name,
            first: whole - begun,
            firstSeconds: (had - start).inSeconds,
            change: try relay.bytes - whole,
            changeSeconds: (end - middle).inSeconds
        )
    }

    private func run(_ program: String, _ arguments: [String]) async throws {
        try await requireProcess(program, arguments, environment: GitRepository.environment, timeout: .seconds(600))
    }
}
