/// What streams wait for.
enum Topic: Hashable, Sendable {
    /// Events of any task.
    case events
    /// Log lines of a task's nodes.
    case logs(task: String)
    /// The log or the state of a revision's build.
    case build(task: String, revision: Int)
    /// What a node should be doing.
    case desired(node: String)
}

typealias Signals = SignalHub<Topic>
