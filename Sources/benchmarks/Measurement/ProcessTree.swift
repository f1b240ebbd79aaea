import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a process and all that it started use, as `/proc` says.
struct ProcessTree {
    /// Seconds of all cores, user and system, those of children that have ended among them.
    var cpuSeconds = 0.0
    /// Resident memory, pages that processes share counted for each.
    var residentBytes = 0
    /// Resident memory, shared pages divided among those who share them.
    var proportionalBytes = 0

    init(of roots: [Int]) throws {
        let processes = try Self.processes()
        let children = Dictionary(grouping: processes.values, by: \.parent)
        let tick = 1 / Double(sysconf(Int32(_SC_CLK_TCK)))
        var rest = roots
        while let id = rest.popLast() {
            guard let process = processes[id] else { continue }
            rest += children[id, default: []].map(\.id)
            cpuSeconds += Double(process.ticks) * tick
            // Gone by now, or a kernel's thread.
            guard let memory = try? String(contentsOfFile: "/proc/\(id)/smaps_rollup", encoding: .utf8) else {
                continue
            }
            residentBytes += Self.kilobytes("Rss:", in: memory) << 10
            proportionalBytes += Self.kilobytes("Pss:", in: memory) << 10
        }
    }

    /// The processes of `roots` and all that were started below them.
    static func ids(below roots: [Int]) throws -> [Int] {
        let children = Dictionary(grouping: try processes().values, by: \.parent)
        var (found, rest) = ([Int](), roots)
        while let id = rest.popLast() {
            found.append(id)
            rest += children[id, default: []].map(\.id)
        }
        return found
    }

    private struct Process {
        var id: Int
        var parent: Int
        var ticks: Int
    }

    private static func processes() throws -> [Int: Process] {
        var all: [Int: Process] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
            guard let id = Int(name), let line = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
                // The program's name is in brackets and may hold anything.
                let bracket = line.lastIndex(of: ")")
            else { continue }
            let fields = line[line.index(after: bracket)...].split(separator: " ")
            guard fields.count > 14, let parent = Int(fields[1]) else { continue }
            // utime, stime, cutime and cstime of proc(5).
            all[id] = Process(id: id, parent: parent, ticks: fields[11...14].reduce(0) { $0 + (Int($1) ?? 0) })
        }
        return all
    }

    static func kilobytes(_ key: String, in text: String) -> Int {
        let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0
    }
}
