package import Core
package import Foundation

/// From what the trackers of one task are run.
package struct TrackerSetup: Sendable {
    package var task: String
    /// What waits for trackers.
    package var folder: URL
    /// Where trackers' own files go unless they say otherwise; they outlast the task.
    package var files: URL
    /// Trackers that the node's site names for all its runs.
    package var site: [Flow.Tracker] = []
    /// The site's, over what is inherited.
    package var environment: [String: String] = [:]
    /// Seconds without a round after which a tracker's process finishes what is open and ends.
    package var idle = 20.0
    /// Seconds that one round, or the end of a run, may take a tracker; with a model ten times as long.
    package var limit = 120
    /// Takes lines for people.
    package var log: @Sendable (String) -> Void

    package static let filesName = "files"

    package init(task: String, folder: URL, log: @escaping @Sendable (String) -> Void) {
        self.task = task
        self.folder = folder
        files = folder.appending(path: Self.filesName)
        self.log = log
    }

    /// What a tracker's process finds in its environment. Settings of the libraries' own, such as proxies, come from the
    /// site's `environment`.
    func variables(_ python: URL) -> [String: String] {
        let names: Set = [
            "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE",
            "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
        ]
        var values = ProcessInfo.processInfo.environment.filter { names.contains($0.key) }
        values["VIRTUAL_ENV"] = python.deletingLastPathComponent().deletingLastPathComponent().path
        values["PYTHONNOUSERSITE"] = "1"
        values["PYTHONDONTWRITEBYTECODE"] = "1"
        values["WANDB_SILENT"] = "true"
        return values.merging(environment) { $1 }
    }
}
