import Core
import Testing

/// Thousands of random orders of reports, documents, tags, undos, crashes, lost, late and doubled messages.
///
/// A seed that fails is printed, and fails again: `violations(seed:)` follows it alone.
@Suite struct InterleavingTests {
    static let batches = Array(0..<20)
    static let seedsPerBatch = 100

    @Test("no order of events makes a mixed round, and none keeps the run from its end", arguments: batches)
    func neverMixed(batch: Int) async {
        for offset in 0..<Self.seedsPerBatch {
            let seed = UInt64(batch * Self.seedsPerBatch + offset)
            let violations = Self.violations(seed: seed)
            #expect(violations.isEmpty, "seed \(seed): \(violations.prefix(3))")
            if !violations.isEmpty { return }
            // Minutes of arithmetic on every core would starve the tests that wait for processes.
            await Task.yield()
        }
    }

    static func violations(seed: UInt64) -> [String] {
        var world = SimulatedWorld(seed: seed)
        for _ in 0..<120 {
            world.chaoticStep()
            if !world.violations.isEmpty { return world.violations }
        }
        // A revision that failed everywhere stays failed until its team pushes another.
        world.release()
        // Back-off, deadlines and waits are long next to a fair round's second.
        for _ in 0..<600 where world.state.run?.status == .running { world.fairRound() }
        if world.state.run?.status != .completed {
            let reasons = world.state.gate(at: world.now).reasons
            world.violations.append(
                "the run is \(String(describing: world.state.run?.status)) after \(world.models.count) models: \(reasons)"
            )
        }
        return world.violations
    }
}
