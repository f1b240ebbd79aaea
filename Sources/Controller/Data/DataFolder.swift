import Artifacts
import Foundation

/// The controller's folder on disk. The store's lock keeps a second controller off it.
struct DataFolder: Sendable {
    let root: URL

    var database: URL { root.appending(path: "fedops.sqlite") }
    var blobs: URL { root.appending(path: "blobs") }
    /// Caches and working copies of builds.
    var builds: URL { root.appending(path: "builds") }
    /// Git's home: empty, so that no configuration of the machine or of its user applies.
    var gitHome: URL { root.appending(path: "git-home") }
    func mirror(of task: String) -> URL { root.appending(path: "mirrors/\(task).git") }
    func logs(of task: String) -> URL { root.appending(path: "build-logs/\(task)") }
    func provenances(of task: String) -> URL { root.appending(path: "provenance/\(task)") }
    func provenance(of task: String, revision: Int) -> URL {
        provenances(of: task).appending(path: "\(revision).json")
    }
    /// What accounts of builds are signed with.
    var artifactKey: URL { root.appending(path: "artifact-key.pem") }
    func log(of task: String, revision: Int) -> URL { logs(of: task).appending(path: "\(revision).log") }

    init(_ root: URL) throws(ControllerStartError) {
        self.root = root
        let files = FileManager.default
        do {
            try files.createDirectory(at: root, withIntermediateDirectories: true)
            // The database holds the secret that tickets are signed with.
            try files.setAttributes([.posixPermissions: 0o700], ofItemAtPath: root.path)
            for name in ["mirrors", "builds", "build-logs", "git-home"] {
                try files.createDirectory(at: root.appending(path: name), withIntermediateDirectories: true)
            }
        } catch {
            throw ControllerStartError(
                "the data folder \(root.path) can't be made or written: \(error.localizedDescription)"
            )
        }
    }

    /// The key of `artifactKey`, made at the first start.
    func signingKey() throws(ControllerStartError) -> ArtifactKey {
        do {
            return try ArtifactKey(at: artifactKey)
        } catch {
            throw ControllerStartError("\(error)")
        }
    }

    /// The bearer token of operators, made at the first start and readable for our own user only.
    func operatorToken() throws -> String {
        let place = root.appending(path: "operator.token")
        if let data = FileManager.default.contents(atPath: place.path) {
            let token = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            guard token.utf8.count >= 32 else {
                throw ControllerStartError(
                    "\(place.path) holds no usable token: remove the file, and a new one is made at the next start"
                )
            }
            return token
        }
        let token = Secrets.random(prefix: "fo_")
        try Durable.write(Data((token + "\n").utf8), to: place, mode: 0o600)
        return token
    }
}
