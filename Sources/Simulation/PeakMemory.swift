import Foundation

/// The most memory that a process has held.
package enum PeakMemory {
    /// Bytes of `VmHWM` in the kernel's `/proc/PID/status`; `nil` where there is none.
    package static func bytes(of pid: Int) -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
        else { return nil }
        return line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }.map { $0 << 10 }
    }

    /// Of this process.
    package static var own: Int? { bytes(of: Int(ProcessInfo.processInfo.processIdentifier)) }
}
