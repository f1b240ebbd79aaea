import Artifacts
import ControllerClient
import Core
import Engines
import Foundation
import Logging

/// What all tasks of a node share.
struct NodeServices: Sendable {
    let registration: Registration
    let options: ManagerOptions
    let folder: DataFolder
    let blobs: BlobStore
    let client: ControllerClient
    let clock: ControllerClock
    let logs: LogShipper
    let preparer: Preparer
    let housekeeping: WriterTurns
    /// On server nodes.
    let engine: EmbeddedEngine?
    /// Has a report sent soon.
    let report: Nudge
    let logger: Logger
}
