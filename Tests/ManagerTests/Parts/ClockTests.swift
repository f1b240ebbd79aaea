import Core
import Testing

@testable import Manager

@Suite struct ClockTests {
    @Test("the sample with the shortest way decides")
    func best() {
        var estimate = ClockEstimate()
        #expect(estimate.now(at: 0) == nil)
        let origin = Instant(milliseconds: 1_000_000)
        // The controller's clock shows origin + 100 at moment 0. A slow way of 4 s that came back late …
        estimate.take(origin + 100.2, sent: 0, received: 4)
        // … and a fast one.
        estimate.take(origin + 110.01, sent: 10, received: 10.02)
        #expect(estimate.now(at: 20) == origin + 120)
    }

    @Test("old samples give way, so that a drift doesn't last")
    func fresh() {
        var estimate = ClockEstimate()
        let origin = Instant(milliseconds: 0)
        estimate.take(origin, sent: 0, received: 0)
        for moment in 1...ClockEstimate.kept {
            estimate.take(origin + Double(moment) + 5, sent: Double(moment) - 0.1, received: Double(moment) + 0.1)
        }
        let now = estimate.now(at: 100)
        #expect(now.map { abs($0.seconds(since: origin) - 105) < 0.3 } == true)
    }
}
