import Artifacts
import Core
import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The manager's folder on disk, held by one process at a time.
final class DataFolder: Sendable {
    let root: URL
    private let lock: Mutex<Int32?>

    var blobs: URL { root.appending(path: "blobs") }
    var engine: URL { root.appending(path: "engine") }
    var spool: URL { root.appending(path: "logs/spool.json") }
    func environment(_ digest: ContentDigest) -> URL { root.appending(path: "envs/\(digest.hex)") }
    /// For flows without packages, by the Python that they ask for.
    func bareEnvironment(_ python: String?) -> URL {
        let name = (python ?? "any").replacingOccurrences(of: ">=", with: "from-").filter {
            $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-")
        }
        return root.appending(path: "envs/bare-\(name)")
    }
    func record(of task: String) -> URL { root.appending(path: "tasks/\(task).json") }
    func revisions(of task: String) -> URL { root.appending(path: "revisions/\(task)") }
    /// Not beneath the revision: what stages leave behind must not make it differ from its manifest.
    func scratch(of task: String) -> URL { root.appending(path: "scratch/\(task)") }
    /// What this node alone keeps of a task from round to round; gone with the task.
    func state(of task: String) -> URL { root.appending(path: "state/\(task)") }
    /// What waits for experiment trackers, and their files, which outlast the task.
    func trackers(of task: String) -> URL { root.appending(path: "trackers/\(task)") }

    /// Makes the folder where it isn't there, and takes its lock, which the kernel gives back however the process ends.
    init(_ root: URL) throws {
        self.root = root
        let files = FileManager.default
        do {
            try files.createDirectory(
                at: root,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            for name in ["tasks", "revisions", "envs", "logs", "scratch", "state"] {
                try files.createDirectory(at: root.appending(path: name), withIntermediateDirectories: true)
            }
        } catch {
            throw ManagerError("the data folder \(root.path) can't be made or written: \(error.localizedDescription)")
        }
        // Close-on-exec: a worker that outlives us must not keep the lock.
        let descriptor = open(root.appending(path: "manager.lock").path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ManagerError(
                "the lock in \(root.path) can't be opened: \(String(cString: strerror(errno))); is the folder ours?"
            )
        }
        lock = Mutex(descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw ManagerError(
                "another manager runs on \(root.path): stop it first, or give this one another --data folder"
            )
        }
    }

    deinit { release() }

    /// Lets another manager have the folder; nothing may be written to it any more.
    func release() {
        let descriptor = lock.withLock { lock in
            defer { lock = nil }
            return lock
        }
        guard let descriptor else { return }
        // A child between its fork and its exec has the descriptor too, and closing ours alone would leave it the lock.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Counts this start; durable before anything else happens, so that no two starts report under one number.
    func beginBoot() throws -> Int {
        struct Boots: Codable { var boot: Int }
        let place = root.appending(path: "boot.json")
        var boots = Boots(boot: 0)
        if let data = FileManager.default.contents(atPath: place.path) {
            do {
                boots = try JSONDecoder().decode(Boots.self, from: data)
            } catch {
                throw ManagerError("\(place.path) is damaged (\(error)): let the node join again in a new data folder")
            }
        }
        boots.boot += 1
        try Durable.write(JSONEncoder().encode(boots), to: place, mode: 0o600)
        return boots.boot
    }

    /// Names of the tasks of which there is a record.
    func recordedTasks() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "tasks").path)
            .filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.map { String($0.dropLast(5)) }
            .filter(Names.isValid).sorted()
    }
}
