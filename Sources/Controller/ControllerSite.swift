import Artifacts
import Core
import Git
import Logging
import Store

/// What all parts of one controller share, handed to each of them.
struct ControllerSite: Sendable {
    var options: ControllerOptions
    var folder: DataFolder
    var store: Store
    var blobs: BlobStore
    var artifactKey: ArtifactKey
    var git: GitNetwork
    var signals: Signals
    var metrics: Metrics
    var logger: Logger

    func now() -> Instant { options.now() }
}
