package import Core
package import Foundation

/// What one worker is started from: a revision laid out on disk, and the node it runs on.
package struct WorkerConfiguration: Sendable {
    package var task: String
    package var node: String
    /// On a server node nothing is required of labels and data before a stage really runs there.
    package var role: NodeRole
    package var labels: [String: String]
    /// Folder of the laid-out revision.
    package var revision: URL
    /// Folder of `fedops.yaml` in the revision, `""` for its root. Stages run with it as their working folder.
    package var flowFolder: String
    package var flow: Flow
    /// Python of the revision's environment; nil for the runtime `command`.
    package var python: URL?
    /// Given by the site, over what the worker takes from the manager's own environment.
    package var environment: [String: String]
    /// The worker's own: made with mode 0700 where it is missing, and written over at each start.
    package var scratch: URL
    /// Where Python keeps what it has compiled, so that neither the revision nor a shared environment is written to.
    /// Kept from one worker to the next, it saves the next one most of its start.
    package var bytecode: URL
    /// What the node keeps of the task from round to round, such as control variates or layers that are not shared. Unlike
    /// `scratch` it outlives the worker and the revision, and it never leaves the node.
    package var state: URL
    /// Called for every line that the stages print, from any thread. Must not block for long.
    package var log: @Sendable (WorkerLogLine) -> Void

    package init(
        task: String,
        node: String,
        role: NodeRole = .client,
        labels: [String: String] = [:],
        revision: URL,
        flowFolder: String = "",
        flow: Flow,
        python: URL?,
        environment: [String: String] = [:],
        scratch: URL,
        bytecode: URL? = nil,
        state: URL? = nil,
        log: @escaping @Sendable (WorkerLogLine) -> Void
    ) {
        self.task = task
        self.node = node
        self.role = role
        self.labels = labels
        self.revision = revision
        self.flowFolder = flowFolder
        self.flow = flow
        self.python = python
        self.environment = environment
        self.scratch = scratch
        self.bytecode = bytecode ?? scratch.appending(path: "bytecode")
        self.state = state ?? scratch.appending(path: "state")
        self.log = log
    }

    /// The folder that `fedops.yaml` is in.
    package var folder: URL {
        flowFolder.isEmpty ? revision : revision.appending(path: flowFolder, directoryHint: .isDirectory)
    }
}

/// One line that a stage printed, without its newline. A line longer than 16 KiB is cut and says so.
package struct WorkerLogLine: Sendable, Equatable {
    package enum Stream: String, Codable, Sendable {
        case stdout, stderr
    }

    /// `start`, `check`, `data`, `model`, `train` or `evaluate`. What is printed between stages belongs to the last one.
    package var stage: String
    package var stream: Stream
    package var text: String

    package init(stage: String, stream: Stream, text: String) {
        self.stage = stage
        self.stream = stream
        self.text = text
    }
}
