/// Every path of the embedded engine's HTTP interface.
///
/// | request | who | what |
/// | --- | --- | --- |
/// | `GET status` | a client of the round | `RoundStatus` |
/// | `GET base` | a client of the round | the model that training starts from, as soon as it is there |
/// | `GET control` | a client of the round | what the strategy keeps with the base, if it does; else 404 |
/// | `PUT base` | the ticket's initializer | the first global model |
/// | `PUT update` | a client of the round | its update, with the headers of `UpdateHead` |
/// | `GET training` | a client of the round | 410 as soon as its update is no longer wanted |
/// | `GET candidate` | a client whose update counts | the new model, as soon as it is there |
/// | `PUT evaluation` | a client whose update counts | `EvaluationReport` |
/// | `PUT lost` | a client of the round | `LossReport` |
/// | `GET model` | who has a grant | a numbered global model |
///
/// A client proves itself by `Authorization: Bearer <TicketKeys.client>` and the header `FedOps-Node`. What isn't there
/// yet is answered 204 after `EngineConfiguration.poll` seconds, to be asked for again. Models have an `ETag` and
/// `FedOps-SHA256`, and may be asked for from a byte on (`Range`). Answers that aren't a success are `EngineProblem`.
package enum EnginePaths {
    package enum Part: String, Sendable, CaseIterable {
        case status, base, control, update, training, candidate, evaluation, lost
    }

    package static func round(task: String, epoch: Int, _ part: Part) -> String {
        "/v1/rounds/\(task)/\(epoch)/\(part.rawValue)"
    }

    package static func model(task: String, version: Int) -> String { "/v1/models/\(task)/\(version)" }
}

/// Request and response headers of our own.
package enum EngineHeaders {
    package static let node = "FedOps-Node"
    /// SHA-256 of a whole model or update.
    package static let sha256 = "FedOps-SHA256"
    package static let commit = "FedOps-Commit"
    package static let artifact = "FedOps-Artifact"
    package static let examples = "FedOps-Examples"
    package static let steps = "FedOps-Steps"
    package static let seconds = "FedOps-Seconds"
    package static let metrics = "FedOps-Metrics"
}
