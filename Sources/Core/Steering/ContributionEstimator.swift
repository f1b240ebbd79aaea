/// Measures what each of `count` updates adds to a model, asking for the metric of one subset of them after another.
///
/// - *Leave-one-out*: `U(all) - U(all but one)`, exact with `count + 1` evaluations.
/// - *Shapley*: the mean over all orders of what the update adds to those before it (Shapley, "A value for n-person
///   games", 1953). Up to 4 updates all subsets are evaluated and the values are exact. With more it is truncated Monte
///   Carlo over `permutations` orders drawn from the seed (Ghorbani and Zou, "Data Shapley: Equitable valuation of data
///   for machine learning", ICML 2019, algorithm 1); a round's updates stand for its clients' data, as in Song, Tong and
///   Wei, "Profit allocation for federated learning", 2019.
///
/// No subset is asked for twice. It can be ended at any time: `values` has what is known by then. A positive value means
/// that the model is better with the update, whichever way the metric goes.
package struct ContributionEstimator: Sendable {
    package static let exactLimit = 4

    private enum Course {
        case leaveOneOut, exact
        case sampled(orders: [[Int]])
    }

    private let count: Int
    private let sign: Double
    private let tolerance: Double
    private let course: Course
    private var known: [Set<Int>: Double] = [:]
    // The place in the orders, for `sampled`.
    private var order = 0
    private var position = 0
    private var before = 0.0
    private var marginals: [Double] = []
    private var sums: [Double]

    package init(_ rule: ContributionRule, count: Int, seed: UInt64) {
        self.count = count
        sign = rule.mode == .maximize ? 1 : -1
        tolerance = rule.tolerance
        sums = Array(repeating: 0, count: count)
        switch rule.method {
        case .leaveOneOut: course = .leaveOneOut
        case .shapley where count <= Self.exactLimit: course = .exact
        case .shapley:
            var random = SeededGenerator(seed: seed)
            let orders = (0..<max(1, rule.permutations)).map { _ in Array(0..<count).shuffled(using: &random) }
            course = .sampled(orders: orders)
        }
    }

    /// The metric of the model that these updates make; of no updates, that of the model before.
    package mutating func record(_ subset: Set<Int>, _ metric: Double) { known[subset] = sign * metric }

    /// The subset whose metric is needed next; nil when all is known.
    package mutating func next() -> Set<Int>? {
        let all = Set(0..<count)
        guard count > 0 else { return nil }
        if known[all] == nil { return all }
        switch course {
        case .leaveOneOut:
            return (0..<count).lazy.map { all.subtracting([$0]) }.first { known[$0] == nil }
        case .exact:
            return (0..<(1 << count)).lazy.map(subset).first { known[$0] == nil }
        case .sampled(let orders):
            if known[[]] == nil { return [] }
            return advance(orders, all)
        }
    }

    /// Goes on through the orders as far as metrics are known.
    private mutating func advance(_ orders: [[Int]], _ all: Set<Int>) -> Set<Int>? {
        while order < orders.count {
            if position == 0 {
                before = known[[]] ?? 0
                marginals = Array(repeating: 0, count: count)
            }
            while position < count {
                if abs((known[all] ?? 0) - before) < tolerance { break }
                let prefix = Set(orders[order][...position])
                guard let metric = known[prefix] else { return prefix }
                marginals[orders[order][position]] = metric - before
                before = metric
                position += 1
            }
            for index in 0..<count { sums[index] += marginals[index] }
            order += 1
            position = 0
        }
        return nil
    }

    private func subset(_ bits: Int) -> Set<Int> { Set((0..<count).filter { bits >> $0 & 1 == 1 }) }

    /// What each update adds, as far as it is known.
    package var values: [Double?] {
        let nothing = [Double?](repeating: nil, count: count)
        let all = Set(0..<count)
        guard let whole = known[all] else { return nothing }
        switch course {
        case .leaveOneOut:
            return (0..<count).map { index in known[all.subtracting([index])].map { whole - $0 } }
        case .exact:
            guard known.count == 1 << count else { return nothing }
            return (0..<count).map { exact($0) }
        case .sampled:
            return order == 0 ? nothing : sums.map { $0 / Double(order) }
        }
    }

    /// Orders that are through, of how many; nil where the values don't come from orders.
    package var orders: (done: Int, wanted: Int)? {
        guard case .sampled(let orders) = course else { return nil }
        return (order, orders.count)
    }

    /// The sum over subsets without the update of `|S|! (n - |S| - 1)! / n!` times what it adds.
    private func exact(_ index: Int) -> Double {
        let factorials = (0...count).map { (1...max(1, $0)).reduce(1, *) }
        return (0..<(1 << count)).reduce(0) { sum, bits in
            guard bits >> index & 1 == 0 else { return sum }
            let others = subset(bits)
            guard let without = known[others], let with = known[others.union([index])] else { return sum }
            let weight = Double(factorials[others.count] * factorials[count - others.count - 1])
            return sum + weight / Double(factorials[count]) * (with - without)
        }
    }
}
