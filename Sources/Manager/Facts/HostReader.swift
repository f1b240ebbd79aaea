import Core
import Foundation
import Synchronization

/// Reads the machine's load and room, as Linux tells them in `/proc`; what can't be read is left out.
final class HostReader: Sendable {
    private struct Ticks {
        var busy = 0
        var all = 0
    }

    private let folder: URL
    private let system: String?
    private let last = Mutex(Ticks())

    /// - Parameter folder: The one whose disk is told.
    init(folder: URL) {
        self.folder = folder
        system = Self.systemName()
        last.withLock { $0 = Self.ticks() ?? Ticks() }
    }

    func read() -> HostFacts {
        var facts = HostFacts()
        facts.cpu = cpu()
        facts.cores = ProcessInfo.processInfo.activeProcessorCount
        let memory = Self.fields(of: "/proc/meminfo")
        if let total = memory["MemTotal"] {
            facts.memoryTotalBytes = total
            facts.memoryBytes = memory["MemAvailable"].map { total - $0 }
        }
        if let room = DiskRoom(of: folder) {
            facts.diskFreeBytes = room.free
            facts.diskTotalBytes = room.total
        }
        facts.system = system
        return facts
    }

    /// Share of all cores that was busy since the last call.
    private func cpu() -> Double? {
        guard let now = Self.ticks() else { return nil }
        return last.withLock { last in
            defer { last = now }
            let all = now.all - last.all
            return all > 0 ? min(1, max(0, Double(now.busy - last.busy) / Double(all))) : nil
        }
    }

    /// Ticks since the start of the machine: user, nice, system, idle, iowait, irq, softirq, steal (proc(5)).
    private static func ticks() -> Ticks? {
        guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
            let line = text.split(separator: "\n").first, line.hasPrefix("cpu ")
        else { return nil }
        let counts = line.split(separator: " ").dropFirst().prefix(8).compactMap { Int($0) }
        guard counts.count == 8 else { return nil }
        let all = counts.reduce(0, +)
        return Ticks(busy: all - counts[3] - counts[4], all: all)
    }

    /// `Name:   123 kB` lines, in bytes.
    private static func fields(of path: String) -> [String: Int] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [:] }
        var fields: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[1].hasSuffix(" kB"),
                let count = Int(parts[1].dropLast(3).trimmingCharacters(in: .whitespaces))
            else { continue }
            fields[String(parts[0])] = count << 10
        }
        return fields
    }

    private static func systemName() -> String? {
        let text = (try? String(contentsOfFile: "/etc/os-release", encoding: .utf8)) ?? ""
        let name = text.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
            .map { $0.dropFirst(12).trimmingCharacters(in: CharacterSet(charactersIn: "\"")) }
        #if arch(x86_64)
            let processor = "x86_64"
        #elseif arch(arm64)
            let processor = "arm64"
        #else
            let processor = "unknown processor"
        #endif
        return "\(name ?? ProcessInfo.processInfo.operatingSystemVersionString), \(processor)"
    }
}
