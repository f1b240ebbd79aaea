import Synchronization

/// Counters of what the controller does; gauges are read from the states when they are asked for.
final class Metrics: Sendable {
    let reports = Atomic(0)
    let polls = Atomic(0)
    let pollFailures = Atomic(0)
    let fetches = Atomic(0)
    let buildsReady = Atomic(0)
    let buildsFailed = Atomic(0)
    let requestsOK = Atomic(0)
    let requestsRefused = Atomic(0)
    let requestsFailed = Atomic(0)
}
