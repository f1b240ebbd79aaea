import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Times of child processes, each measured from its start to its end.
struct Times {
    private var seconds: [Double] = []
    private var childSeconds = 0.0

    mutating func time<Value>(_ body: () async throws -> Value) async throws -> Value {
        let before = Self.childrenCPU()
        let start = ContinuousClock.now
        let value = try await body()
        seconds.append((ContinuousClock.now - start).inSeconds)
        childSeconds += Self.childrenCPU() - before
        return value
    }

    var best: String { milliseconds(benchmarks.best(seconds)) }
    var median: String { milliseconds(quantile(0.5, of: seconds)) }
    var late: String { milliseconds(quantile(0.95, of: seconds)) }
    /// Of the child and its children, user and system, in the mean.
    var cpu: String { milliseconds(childSeconds / Double(seconds.count)) }

    /// What all children that have ended used of all cores.
    private static func childrenCPU() -> Double {
        var usage = rusage()
        #if canImport(Glibc)
            getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
        #else
            getrusage(RUSAGE_CHILDREN, &usage)
        #endif
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    }
}

/// The least of the values that so large a share of them doesn't exceed; NaN where there are none.
func quantile(_ share: Double, of values: [Double]) -> Double {
    let sorted = values.sorted()
    guard let last = sorted.indices.last else { return .nan }
    return sorted[min(last, max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1))]
}

func milliseconds(_ seconds: Double) -> String { fixed(seconds * 1000, 1) }

/// A number with so many digits after its point, the same in every language.
func fixed(_ value: Double, _ digits: Int) -> String {
    value.formatted(.number.precision(.fractionLength(digits)).grouping(.never).locale(Locale(identifier: "en_US")))
}
