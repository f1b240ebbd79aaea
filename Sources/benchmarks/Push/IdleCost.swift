import Foundation
import TestSupport

/// What processes use while nothing is pushed, each with all that it starts.
struct IdleCost: Sendable {
    let name: String
    let processes: Int
    var cpuPerSecond: Double
    var residentBytes: Int
    var proportionalBytes: Int
    /// Requests that the Git server got in a second; of that server only.
    var requestsPerSecond: Double?

    static var table: Table {
        Table("process", "count", "CPU ms/s each", "CPU ms/s all", "RSS MB each", "PSS MB each", "requests/s")
    }

    func add(to table: inout Table) {
        let count = Double(processes)
        table.add(
            name,
            String(processes),
            milliseconds(cpuPerSecond / count),
            milliseconds(cpuPerSecond),
            fixed(Double(residentBytes) / count / 1e6, 1),
            fixed(Double(proportionalBytes) / count / 1e6, 1),
            requestsPerSecond.map { fixed($0, 1) } ?? ""
        )
    }

    /// Watches groups of processes for some seconds, all at once, with the Git server that they ask.
    static func watch(
        _ groups: [(name: String, ids: [Int])],
        server: (name: String, HTTPGitServer),
        seconds: Double
    ) async throws -> [IdleCost] {
        let all = groups + [(server.name, [Int(server.1.process.processID)])]
        let start = ContinuousClock.now
        let requests = server.1.requests
        let before = try all.map { try ProcessTree(of: $0.ids) }
        try await Task.sleep(for: .seconds(seconds))
        let after = try all.map { try ProcessTree(of: $0.ids) }
        let elapsed = (ContinuousClock.now - start).inSeconds
        var costs = all.indices.map { index in
            IdleCost(
                name: all[index].name,
                processes: all[index].ids.count,
                cpuPerSecond: (after[index].cpuSeconds - before[index].cpuSeconds) / elapsed,
                residentBytes: after[index].residentBytes,
                proportionalBytes: after[index].proportionalBytes
            )
        }
        costs[costs.count - 1].requestsPerSecond = Double(server.1.requests - requests) / elapsed
        return costs
    }
}
