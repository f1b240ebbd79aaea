import Foundation

/// What one contender took for one workload.
struct EngineFigures: Sendable {
    var contender: String
    var workload: Workload
    /// From the order to start a run to the end of its first round, with all processes up that outlive a run.
    var first: Double
    /// From the end of the first round to that of the last, for each.
    var round: Double
    var peaks: [String: Int]

    /// - Parameters:
    ///   - start: When the run was ordered.
    ///   - ends: When its rounds ended, in seconds of the same clock.
    init(_ contender: String, _ workload: Workload, start: Double, ends: [Double], peaks: ProcessPeaks) throws {
        guard let begin = ends.first, let end = ends.last, ends.count > 1 else {
            throw BenchmarkError("\(contender) finished \(ends.count) rounds of \(workload.title)")
        }
        self.contender = contender
        self.workload = workload
        first = begin - start
        round = (end - begin) / Double(ends.count - 1)
        self.peaks = peaks.bytes
    }

    var memory: String {
        peaks.sorted { $0.value > $1.value }.map { "\($0.key) \($0.value / 1_000_000)" }.joined(separator: ", ")
    }
}

/// The engines' tables, as they are printed.
struct EngineTables: CustomStringConvertible {
    let figures: [EngineFigures]

    var description: String {
        var times = Table("model", "contender", "first round s", "s a round", "of by hand")
        var memory = Table("model", "contender", "peak MB of the largest process of each kind")
        for workload in Workload.allCases {
            let rows = figures.filter { $0.workload == workload }
            let slowest = rows.first { $0.contender == FlowerByHand.title }?.round
            for row in rows {
                let share = slowest.map { "1/\(fixed($0 / row.round, 1))" } ?? ""
                times.add(workload.title, row.contender, fixed(row.first, 2), fixed(row.round, 3), share)
                memory.add(workload.title, row.contender, row.memory)
            }
        }
        return "\(times)\n\n\(memory)"
    }
}
