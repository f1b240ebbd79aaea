package import FlowRunner

/// What a local federation tells while it runs.
package enum FederationEvent: Sendable {
    /// What takes time now.
    case note(String)
    /// The workers are up, and the data are divided.
    case ready(FederationReport.Setup)
    case round(FederationReport.Round)
    /// What a client's stage printed.
    case line(node: String, WorkerLogLine)
}
