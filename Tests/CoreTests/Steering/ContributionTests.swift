import Testing

@testable import Core

/// What updates are worth, for games whose values are known.
@Suite struct ContributionTests {
    private func play(
        _ rule: ContributionRule,
        count: Int,
        seed: UInt64 = 3,
        _ game: (Set<Int>) -> Double
    ) -> (values: [Double], evaluations: Int) {
        var estimator = ContributionEstimator(rule, count: count, seed: seed)
        var asked: Set<Set<Int>> = []
        while let subset = estimator.next() {
            #expect(asked.insert(subset).inserted, "\(subset) is asked for twice")
            estimator.record(subset, game(subset))
        }
        return (estimator.values.map { $0 ?? .nan }, asked.count)
    }

    /// The definition: the mean, over all orders, of what each adds to those before it.
    private func shapley(_ count: Int, _ game: (Set<Int>) -> Double) -> [Double] {
        func orders(_ rest: [Int]) -> [[Int]] {
            rest.isEmpty ? [[]] : rest.flatMap { first in orders(rest.filter { $0 != first }).map { [first] + $0 } }
        }
        var sums = [Double](repeating: 0, count: count)
        let all = orders(Array(0..<count))
        for order in all {
            var before: Set<Int> = []
            for player in order {
                let value = game(before)
                before.insert(player)
                sums[player] += game(before) - value
            }
        }
        return sums.map { $0 / Double(all.count) }
    }

    private func isNear(_ a: [Double], _ b: [Double], _ error: Double = 1e-12) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= error }
    }

    /// Two left gloves and some right ones: a pair is worth 1.
    private func gloves(_ players: Set<Int>) -> Double {
        Double(min(players.count { $0 < 2 }, players.count { $0 >= 2 }))
    }

    @Test("leave-one-out takes one evaluation for each update, and one of all")
    func leaveOneOut() {
        let rule = ContributionRule(method: .leaveOneOut, metric: "accuracy")
        let (values, evaluations) = play(rule, count: 5, gloves)
        #expect(values == [1, 1, 0, 0, 0])
        #expect(evaluations == 6)
        #expect(play(rule, count: 1) { $0.isEmpty ? 0.25 : 1 }.values == [0.75])
    }

    @Test("Shapley values are exact up to four updates", arguments: 1...4)
    func exact(count: Int) {
        let rule = ContributionRule(method: .shapley, metric: "accuracy")
        let (values, evaluations) = play(rule, count: count, gloves)
        #expect(isNear(values, shapley(count, gloves)))
        #expect(evaluations == 1 << count)
    }

    @Test("with more updates they are the mean over orders that the seed draws")
    func sampled() {
        var rule = ContributionRule(method: .shapley, metric: "accuracy", permutations: 3000, tolerance: 0)
        let values = play(rule, count: 6, gloves).values
        // A marginal is 0 or 1: the standard error of 3000 orders is below 0.01.
        #expect(isNear(values, shapley(6, gloves), 0.04))
        #expect(abs(values.reduce(0, +) - gloves(Set(0..<6))) < 1e-9)
        #expect(play(rule, count: 6, gloves).values == values)
        // What adds the same wherever it comes has its value after one order.
        rule.permutations = 1
        let added = [0.5, -0.25, 0, 2, 1, 0.125]
        let sum = play(rule, count: 6) { $0.reduce(0) { $0 + added[$1] } }.values
        #expect(isNear(sum, added))
    }

    @Test("an order ends where it has what all updates have")
    func truncated() {
        var rule = ContributionRule(method: .shapley, metric: "accuracy", permutations: 10, tolerance: 0.01)
        let game: (Set<Int>) -> Double = { $0.count >= 3 ? 0.9 : 0.1 * Double($0.count) }
        let short = play(rule, count: 12, game).evaluations
        rule.tolerance = 0
        #expect(short <= 2 + 10 * 3)
        #expect(play(rule, count: 12, game).evaluations > short * 2)
    }

    @Test("of a metric that is to be small, a positive value is an improvement too")
    func minimised() {
        let rule = ContributionRule(method: .leaveOneOut, metric: "loss", mode: .minimize)
        #expect(play(rule, count: 2) { $0.contains(0) ? 1 : 3 }.values == [2, 0])
    }

    @Test("what is known at the end of the time is given")
    func cut() {
        var estimator = ContributionEstimator(
            ContributionRule(method: .leaveOneOut, metric: "accuracy"),
            count: 3,
            seed: 1
        )
        #expect(estimator.values == [nil, nil, nil])
        for metric in [3.0, 1] {
            guard let subset = estimator.next() else { return }
            estimator.record(subset, metric)
        }
        #expect(estimator.values == [2, nil, nil])
    }
}
