import Foundation
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The worker processes of one test, told from others by their `HOME`.
struct Workers {
    let home: URL

    init(_ world: RemoteWorld) { home = world.fixture.url("home") }

    /// Process ids of those that run now.
    var running: [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap(Int32.init).filter { id in
            guard let environment = FileManager.default.contents(atPath: "/proc/\(id)/environ") else { return false }
            return String(decoding: environment, as: UTF8.self).split(separator: "\0").contains("HOME=\(home.path)")
        }
    }

    /// Waits for one to run and gives its id.
    func first() async throws -> Int32 {
        try await eventually("a git-worker runs") { running.first }
    }

    /// Whether any process of this group is left.
    static func groupIsGone(_ id: Int32) -> Bool { kill(-id, 0) == -1 && errno == ESRCH }
}
