import Foundation
import TestSupport

/// Flower alone, started as its documentation says: one SuperLink, three SuperNodes, and `flwr run` with its own FedAvg.
struct FlowerByHand: Sendable {
    static let title = "Flower by hand"

    let workloads: [Workload]
    let rounds: Int
    /// A virtual environment that has Flower; a new one where absent.
    let environment: String?

    func measure(in fixture: Fixture) async throws -> [EngineFigures] {
        let place = try await makeEnvironment(in: fixture)
        var figures: [EngineFigures] = []
        for workload in workloads { figures.append(try await measure(workload, place, fixture)) }
        return figures
    }

    private func makeEnvironment(in fixture: Fixture) async throws -> URL {
        if let environment { return URL(filePath: environment) }
        let place = fixture.url("environment")
        try await requireProcess("python3", ["-m", "venv", place.path])
        try await requireProcess(
            place.appending(path: "bin/pip").path,
            ["install", "--quiet", "--disable-pip-version-check"] + BenchmarkApp.packages,
            timeout: .seconds(900)
        )
        return place
    }

    /// All processes are new for each workload, so that their peaks are of it alone.
    private func measure(_ workload: Workload, _ place: URL, _ fixture: Fixture) async throws -> EngineFigures {
        let folder = "by-hand-\(workload.name)"
        try BenchmarkApp(workload: workload).writeFlowerApp(to: folder, in: fixture)
        let port = try freePort()
        let connection = """
            [superlink]
            default = "local"
            [superlink.local]
            address = "127.0.0.1:\(port)"
            insecure = true

            """
        try fixture.write(connection, to: "\(folder)/home/config.toml")
        let inherited = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let bin = place.appending(path: "bin")
        let variables: [String: String?] = [
            "PATH": "\(bin.path):\(inherited)", "FLWR_HOME": fixture.url("\(folder)/home").path,
            "FLWR_TELEMETRY_ENABLED": "0", "FLWR_DISABLE_UPDATE_CHECK": "1",
        ]
        func start(_ name: String, _ program: String, _ arguments: [String]) async throws -> BackgroundProcess {
            try await BackgroundProcess.start(
                "\(folder)-\(name)",
                bin.appending(path: program).path,
                arguments,
                in: fixture.url(folder),
                environment: variables,
                fixture: fixture
            )
        }
        var processes = [
            try await start(
                "superlink",
                "flower-superlink",
                ["--insecure", "--host", "127.0.0.1", "--port", "\(port)"]
            )
        ]
        try await processes[0].waitForOutput("Uvicorn running on", within: .seconds(60))
        for index in 1...3 {
            let arguments = [
                "--insecure", "--superlink", "127.0.0.1:\(port)", "--host", "127.0.0.1", "--port", "\(try freePort())",
                "--node-config", "name=\"node-\(index)\"",
            ]
            processes.append(try await start("node-\(index)", "flower-supernode", arguments))
        }
        for node in processes.dropFirst() { try await node.waitForOutput("SuperNode ID", within: .seconds(60)) }

        let times = fixture.url("\(folder)/times")
        let began = Date().timeIntervalSince1970
        let command = try await start(
            "run",
            "flwr",
            ["run", ".", "local", "--stream", "--run-config", "rounds=\(rounds) times=\"\(times.path)\""]
        )
        processes.append(command)
        var peaks = ProcessPeaks()
        let limit = ContinuousClock.now + .seconds(900)
        var ends: [Double] = []
        // Flower's processes for a message are short-lived: their peaks are looked at again and again.
        while ends.count < rounds, command.isRunning {
            guard ContinuousClock.now < limit else { throw BenchmarkError("\(folder): \(command.output.suffix(2000))") }
            try peaks.look(at: processes.map { Int($0.processID) })
            ends = try self.ends(in: times)
            try await Task.sleep(for: .milliseconds(250))
        }
        ends = try self.ends(in: times)
        guard ends.count == rounds else {
            throw BenchmarkError("\(folder) ended after \(ends.count) rounds: \(command.output.suffix(2000))")
        }
        for process in processes.reversed() { await process.stop() }
        return try EngineFigures(Self.title, workload, start: began, ends: ends, peaks: peaks)
    }

    /// When the rounds ended, as the ServerApp has written it down; the evaluation of the first model is no round.
    private func ends(in file: URL) throws -> [Double] {
        struct Line: Decodable {
            var round: Int
            var time: Double
        }
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").compactMap { try? JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
            .filter { $0.round > 0 }.map(\.time)
    }
}
