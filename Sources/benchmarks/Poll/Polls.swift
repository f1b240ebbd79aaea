import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Times of polls, each a child process that has ended with its poll.
struct Polls {
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

    var best: String { Self.milliseconds(benchmarks.best(seconds)) }
    var median: String { Self.milliseconds(quantile(0.5)) }
    var late: String { Self.milliseconds(quantile(0.95)) }
    /// Of the child and its children, user and system, in the mean.
    var cpu: String { Self.milliseconds(childSeconds / Double(seconds.count)) }

    /// The least time within which the share of the polls had ended.
    private func quantile(_ share: Double) -> Double {
        let sorted = seconds.sorted()
        return sorted[min(sorted.count - 1, Int((share * Double(sorted.count)).rounded(.up)) - 1)]
    }

    private static func milliseconds(_ seconds: Double) -> String {
        (seconds * 1000).formatted(.number.precision(.fractionLength(1)))
    }

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
