import Artifacts
import Core
import Foundation
import Git
import Logging

final class BuildLog: Sendable {
    init(at place: URL, onLine: @escaping @Sendable () -> Void) throws {}
}
struct BuildFailure: Error { var reason: String; var logTail: [String] }
struct RevisionBuilder: Sendable {
    var blobs: BlobStore
    var folder: URL
    var logger: Logger
    func build(_ key: RevisionKey, source: SourceSpec, mirror: GitMirror, task: String, log: BuildLog,
        progress: @Sendable (BuildState) async throws -> Void) async throws -> BuiltRevision {
        throw BuildFailure(reason: "", logTail: [])
    }
}
