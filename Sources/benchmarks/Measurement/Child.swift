import Foundation
import TestSupport

/// A process that does the measured work and prints what it saw as one line of JSON.
struct Child {
    let program: String
    let arguments: [String]
    var timeout: Duration = .seconds(1800)

    /// This executable again, with other arguments.
    static func ours(_ arguments: [String]) throws -> Child {
        Child(program: try Products.named("benchmarks").path, arguments: arguments)
    }

    func run<Figures: Decodable>(_ type: Figures.Type) async throws -> Figures {
        let output = try await requireProcess(program, arguments, timeout: timeout)
        return try JSONDecoder().decode(type, from: Data(output.utf8))
    }
}

/// The peak of this process's resident memory in bytes, mapped files included: what `VmHWM` says.
func peakBytes() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    guard let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) }) else {
        throw CocoaError(.fileReadCorruptFile)
    }
    return kilobytes << 10
}

/// What this process has used of all cores, user and system.
func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

extension Duration {
    var inSeconds: Double { self / .seconds(1) }
}
