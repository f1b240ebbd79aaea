package import Core
package import Foundation

/// How one manager runs.
package struct ManagerOptions: Sendable {
    /// Registration, ledgers, blobs, revisions and environments. Used by one manager at a time.
    package var dataFolder: URL
    /// Version of the binary, for reports.
    package var version: String
    /// Where the engine listens; server nodes only.
    package var engineHost: String
    /// 0 takes any free port.
    package var enginePort: Int
    /// The URL at which clients reach the engine. Where it is nil, the address that the engine listens on is told, and
    /// a wildcard address needs it.
    package var advertise: String?
    /// Revisions of each task that stay on disk for an instant rollback, the active one included.
    package var keep: Int
    /// Given to the workers beside what the manager sets itself, such as where the site's data lies.
    package var environment: [String: String]
    /// Experiment trackers that all runs of this server node are written to, beside those of their flows.
    package var trackers: [Flow.Tracker] = []
    /// Time that a worker may take to start and to import the flow's entry points.
    package var startTimeout: Duration
    /// Lines of logs that wait while the controller is away; older ones are dropped and counted.
    package var logLines: Int

    package init(dataFolder: URL, version: String) {
        self.dataFolder = dataFolder
        self.version = version
        engineHost = "127.0.0.1"
        enginePort = 0
        keep = 3
        environment = [:]
        startTimeout = .seconds(180)
        logLines = 20_000
    }
}
