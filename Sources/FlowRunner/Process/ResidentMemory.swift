import Foundation

/// How much memory a process holds.
enum ResidentMemory {
    /// Bytes of a process's pages in memory, as the kernel's `/proc` tells; nil where there is none.
    static func bytes(of pid: Int) -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8) else { return nil }
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
