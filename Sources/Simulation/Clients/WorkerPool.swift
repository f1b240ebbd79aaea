import Core
import FlowRunner
import Synchronization

/// The worker processes of a local federation, and who uses which.
final class WorkerPool: Sendable {
    private struct State {
        var free: Set<Int>
        var waiting: [(id: Int, wanted: Int?, continuation: CheckedContinuation<Int?, Never>)] = []
        var next = 0
        /// The client that a worker was last made.
        var played: [Int: PlayedClient] = [:]
        var peaks: [Int: Int] = [:]
    }

    let workers: [FlowWorker]
    private let startTimeout: Duration
    private let state: Mutex<State>

    init(_ workers: [FlowWorker], startTimeout: Duration) {
        self.workers = workers
        self.startTimeout = startTimeout
        state = Mutex(State(free: Set(workers.indices)))
    }

    /// Starts all of them at one time.
    func start() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in workers { group.addTask { try await worker.start(timeout: self.startTimeout) } }
            try await group.waitForAll()
        }
    }

    func stop() async {
        notePeaks()
        await withTaskGroup(of: Void.self) { group in
            for worker in workers { group.addTask { await worker.stop() } }
        }
    }

    /// Lends a worker, which is made the client first, and started anew where it has ended.
    ///
    /// - Parameters:
    ///   - wanted: The only worker that will do; any where absent.
    ///   - body: Gets the worker and its place.
    func use<Value: Sendable>(
        _ wanted: Int?,
        as client: PlayedClient,
        timeout: Duration,
        always: Bool,
        _ body: @Sendable (FlowWorker, Int) async -> Result<Value, StageFailure>
    ) async throws(StageFailure) -> Value {
        guard let place = await acquire(wanted) else {
            throw StageFailure(stage: "start", kind: .cancelled, message: "cancelled before a worker was free")
        }
        defer { release(place) }
        let worker = workers[place]
        if worker.facts.state != "idle", worker.facts.state != "busy" {
            state.withLock { $0.played[place] = nil }
            try await worker.start(timeout: startTimeout)
        }
        if always || state.withLock({ $0.played[place] != client }) {
            try await worker.become(client, timeout: timeout)
            state.withLock { $0.played[place] = client }
        }
        return try await body(worker, place).get()
    }

    /// Makes a worker the client and tells what its share of the data came to.
    func describe(_ client: PlayedClient, at place: Int, timeout: Duration) async throws(StageFailure) -> ClientShare? {
        var asking = client
        asking.describe = true
        let share = try await workers[place].become(asking, timeout: timeout)
        state.withLock { $0.played[place] = client }
        return share
    }

    /// Bytes that the worker processes had in memory at most, each at its own time, summed; `nil` where the system doesn't
    /// tell.
    var peakBytes: Int? {
        notePeaks()
        let peaks = state.withLock { $0.peaks }
        return peaks.isEmpty ? nil : peaks.values.reduce(0, +)
    }

    private func notePeaks() {
        for (place, worker) in workers.enumerated() {
            guard let pid = worker.facts.pid, let peak = PeakMemory.bytes(of: pid) else { continue }
            state.withLock { $0.peaks[place] = max($0.peaks[place] ?? 0, peak) }
        }
    }

    /// `nil` when the task is cancelled while it waits.
    private func acquire(_ wanted: Int?) async -> Int? {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isDone, place) = state.withLock { state -> (Bool, Int?) in
                    if Task.isCancelled { return (true, nil) }
                    let place = wanted.map { state.free.contains($0) ? $0 : nil } ?? state.free.min()
                    if let place {
                        state.free.remove(place)
                        return (true, place)
                    }
                    state.waiting.append((id, wanted, continuation))
                    return (false, nil)
                }
                if isDone { continuation.resume(returning: place) }
            }
        } onCancel: {
            let continuation = state.withLock { state -> CheckedContinuation<Int?, Never>? in
                guard let index = state.waiting.firstIndex(where: { $0.id == id }) else { return nil }
                return state.waiting.remove(at: index).continuation
            }
            continuation?.resume(returning: nil)
        }
    }

    private func release(_ place: Int) {
        let next = state.withLock { state -> CheckedContinuation<Int?, Never>? in
            guard let index = state.waiting.firstIndex(where: { $0.wanted == nil || $0.wanted == place }) else {
                state.free.insert(place)
                return nil
            }
            return state.waiting.remove(at: index).continuation
        }
        next?.resume(returning: place)
    }
}
