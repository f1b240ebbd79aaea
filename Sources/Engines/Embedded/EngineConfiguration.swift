/// Where the embedded engine listens, and what it takes from clients.
package struct EngineConfiguration: Sendable {
    package var host: String
    /// 0 takes any free port; `EmbeddedEngine.port()` says which.
    package var port: Int
    /// The largest model, and so the largest update, in bytes.
    package var maximumModelBytes = 16 << 30
    /// An update may be so many times as large as the model that training started from; the rest is for its header.
    package var updateMargin = 1.1
    /// Updates being added to a sum at the same time, over all tasks: each is mapped into memory while it is added. One
    /// round adds one at a time in any case.
    package var updatesInFlight = 1
    /// Seconds for which a request waits for what isn't there yet before it is answered 204 and asked again.
    package var poll = 25.0
    /// Seconds for which a request for a round that isn't open waits for it: clients and server node learn of a ticket
    /// at about the same time.
    package var admission = 10.0
    /// The most seconds between two looks at the clock: it follows the controller's, and may be set while a deadline is
    /// waited for.
    package var clockCheck = 5.0
    /// Seconds without a byte after which a connection is closed.
    package var idle = 60.0
    package var connections = 4096
    /// Numbered models to keep of each task, the newest first; all of them where absent.
    package var keepModels: Int?

    package init(host: String = "127.0.0.1", port: Int = 0) {
        self.host = host
        self.port = port
    }
}
