/// `fedops.yaml` of one revision: what a task runs, how it is built and tested, and how its revisions roll out.
///
/// Every default is filled in. In JSON it has the same keys and the same texts (`5m`, `10MiB`, `25%`) as the file.
/// A value that ``parse(yaml:file:)`` gave keeps all rules of the reference; one that was decoded from JSON keeps those
/// of its types only.
package struct Flow: Codable, Sendable, Equatable {
    /// Name of the task, by the rule of ``Names``.
    package var task: String
    package var runtime: Runtime
    package var build: [Step]
    package var test: [Step]
    package var stages: Stages
    /// Run on a node before it says that it is ready, after the checks that every node makes.
    package var check: Check?
    package var settings: [String: JSONValue]
    /// Nil shares all of the model.
    package var share: Share?
    package var rounds: Rounds
    package var participants: Participants
    package var rollout: RolloutPolicy
    package var onNewRevision: NewRevisionPolicy
    /// What carries and aggregates the updates of a round.
    package var engine: Engine
    /// What the server node writes rounds to, beside what its site names.
    package var trackers: [Tracker]?
}

extension Flow {
    /// What the stages run in.
    package struct Runtime: Codable, Sendable, Equatable {
        package enum Kind: String, Codable, Sendable, CaseIterable {
            /// A virtual environment of Python with the packages of `requirements`.
            case python
            /// Nothing is prepared; every stage is a command.
            case command
        }

        package var kind: Kind
        /// The minor version of Python, `3.11`, or the least one, `>=3.11`; nil takes what the node has. Nil for `command`.
        package var python: String?
        /// File of requirements, relative to the folder of the flow's file. Nil for `command`.
        package var requirements: String?
        /// Folder that imports look in before the flow's own, relative to that, such as `src`. Nil for `command`.
        package var path: String?
    }

    /// One step of `build` or `test`.
    package struct Step: Codable, Sendable, Equatable {
        /// `build-1`, `test-2` and so on where the file gives none.
        package var name: String
        package var run: CommandLine
        package var timeout: FlowDuration
        /// How much output is kept; the step fails when it writes more.
        package var outputLimit: ByteSize
    }

    /// The flow's own health check on a node.
    package struct Check: Codable, Sendable, Equatable {
        package var run: CommandLine
        package var timeout: FlowDuration
    }

    package enum NewRevisionPolicy: String, Codable, Sendable, CaseIterable {
        /// The round in progress ends before nodes move.
        case finish
        /// The round in progress is cancelled.
        case abort
    }
}
