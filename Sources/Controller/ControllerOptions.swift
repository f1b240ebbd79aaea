package import Core
package import Foundation

/// How one controller runs.
package struct ControllerOptions: Sendable {
    /// Where the database, artifacts, mirrors and build logs are. Used by one controller at a time.
    package var dataFolder: URL
    package var host: String
    /// 0 takes any free port.
    package var port: Int
    /// Our own binary, which runs again as `git-worker` for everything that talks to a remote.
    package var executable: String
    /// Version of the binary, for `GET /v1/version`.
    package var version: String
    /// Seconds after which a node that hasn't reported counts as offline.
    package var lease: Double
    /// Seconds between two reports of an unchanged node, and between two signs of life on a stream.
    package var heartbeat: Double
    /// Seconds between two looks at the leases, deadlines and polls of all tasks.
    package var tick: Double
    /// Whether `file` URLs and plain paths may be remotes. Whoever may add tasks could otherwise read any repository
    /// that the controller's user can.
    package var allowFileRemotes: Bool
    /// Builds that run at one time.
    package var builds: Int
    /// Polls that run at one time; each is a process.
    package var polls: Int
    /// Time that listing a remote's refs may take, and time that fetching from it may.
    package var listDeadline: Duration
    package var fetchDeadline: Duration
    /// The wall clock; tests set another.
    package var now: @Sendable () -> Instant

    package init(dataFolder: URL, executable: String, version: String) {
        self.dataFolder = dataFolder
        self.executable = executable
        self.version = version
        host = "127.0.0.1"
        port = 7700
        lease = 15
        heartbeat = 5
        tick = 1
        allowFileRemotes = false
        builds = 2
        polls = 8
        listDeadline = .seconds(30)
        fetchDeadline = .seconds(600)
        now = { Instant(Date()) }
    }
}

/// Why a controller doesn't start, for people.
package struct ControllerStartError: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
