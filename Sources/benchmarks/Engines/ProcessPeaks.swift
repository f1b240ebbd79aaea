import Foundation

/// The peaks of resident memory (`VmHWM`) of processes by what they are, as `/proc` says.
struct ProcessPeaks: Sendable {
    /// Bytes of the largest process of each name.
    private(set) var bytes: [String: Int] = [:]

    /// In the order of a process's command line's first match.
    private static let names: [(part: String, name: String)] = [
        ("controller run", "controller"),
        ("manager run", "manager, client"),
        ("fedops_flower_server.py", "runner, server"),
        ("fedops_flower_client.py", "runner, client"),
        ("fedops_flower_start.py superlink", "SuperLink"),
        ("fedops_flower_start.py supernode", "SuperNode"),
        ("flower-superlink", "SuperLink"),
        ("flower-supernode", "SuperNode"),
        ("flower-superexec", "SuperExec"),
        ("flwr-serverapp", "ServerApp"),
        ("flwr-clientapp", "ClientApp"),
        ("flwr run", "flwr run"),
        ("python", "worker"),
    ]

    /// Forgets what the processes below `roots` have used until now, so that the next peaks are of what comes.
    static func reset(_ roots: [Int]) throws {
        for id in try ProcessTree.ids(below: roots) {
            // See `clear_refs` in proc(5).
            try? Data("5".utf8).write(to: URL(filePath: "/proc/\(id)/clear_refs"))
        }
    }

    /// Looks at all processes below `roots`, themselves among them. One that has ended keeps the peak that was last seen.
    mutating func look(at roots: [Int]) throws {
        for id in try ProcessTree.ids(below: roots) {
            guard let line = FileManager.default.contents(atPath: "/proc/\(id)/cmdline"),
                let status = try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8),
                let name = Self.name(of: line)
            else { continue }
            let peak = ProcessTree.kilobytes("VmHWM:", in: status) << 10
            bytes[name] = max(bytes[name] ?? 0, peak)
        }
    }

    private static func name(of line: Data) -> String? {
        let command = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
        guard let name = names.first(where: { command.contains($0.part) })?.name else { return nil }
        return name == "manager, client" && command.hasSuffix("/\(ManagedRounds.server)") ? "manager, server" : name
    }
}
