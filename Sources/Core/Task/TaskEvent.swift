/// What can happen to a task.
package enum TaskEvent: Codable, Sendable, Equatable {
    /// A node joined, or its labels, role or draining changed.
    case nodeChanged(Member)
    case nodeRemoved(String)
    case reported(node: String, order: ReportOrder, engineURL: String?, report: TaskReport?)
    /// A revision was built and tested.
    case released(Release)
    /// An operator wants an earlier release back.
    case undo(Release)
    case rolloutPaused(reason: String)
    case rolloutResumed
    case runRequested(goal: Int, epochs: Int?, base: RunBase)
    case runStopped(reason: String)
    case roundEnded(node: String, RoundResult)
    /// Time passed: leases, deadlines, holds and retries are looked at.
    case tick
}

/// What a transition wants done outside.
package enum TaskEffect: Codable, Sendable, Equatable {
    /// A line of history, written together with the new state.
    case record(Record)
    /// What these nodes should do has changed; whoever watches is to be told. Needs no journal, since what a node
    /// should do is derived from the state whenever it asks.
    case notify([String])
}
