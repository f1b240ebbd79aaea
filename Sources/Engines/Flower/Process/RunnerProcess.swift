import Foundation
import Synchronization

/// A line between the manager and a runner, in either direction. Which fields it has is the operation's or event's.
struct RunnerLine: Codable, Sendable {
    var id: Int?
    var op: String?
    var event: String?
    var error: String?
    /// Flower's numbers are of 64 bits without a sign, which JSON's readers don't agree on: they go as texts.
    var run: String?
    var node: String?
    var nodes: [String]?
    var type: String?
    var stage: String?
    var head: [String: String]?
    var file: String?
    var group: String?
    var ttl: Double?
    var seconds: Double?
    var message: String?
    /// Ids of messages; by the node in the answer to `send`.
    var messages: [String: String]?
    var dropped: [String]?
}

/// The manager's side of one runner: a process that holds Flower's library, and no state that would be missed.
final class RunnerProcess: Sendable {
    private struct State {
        var next = 0
        var pending: [Int: CheckedContinuation<RunnerLine, any Error>] = [:]
        /// Why nothing comes any more.
        var ended: String?
    }

    private let process: ToolProcess
    private let lines: AsyncStream<String>
    private let input: AsyncStream<String>.Continuation
    private let state = Mutex(State())

    init(_ process: ToolProcess) {
        self.process = process
        (lines, input) = AsyncStream.makeStream(of: String.self)
    }

    /// Runs until it ends or is cancelled; then whoever waits for an answer is told.
    ///
    /// - Parameter take: Gets every line that is no answer to `ask`, in their order.
    func run(_ take: @escaping @Sendable (RunnerLine) -> Void, log: @escaping @Sendable (String) -> Void) async throws {
        defer { end("the runner has ended") }
        try await process.run(
            input: lines,
            output: { text in
                guard let line = try? JSONDecoder().decode(RunnerLine.self, from: Data(text.utf8)) else {
                    return log(text)
                }
                // A request of the runner's has a stage; an answer to one of ours hasn't.
                if line.stage == nil, line.event == nil, let id = line.id {
                    self.state.withLock { $0.pending.removeValue(forKey: id) }?.resume(returning: line)
                } else {
                    take(line)
                }
            },
            log: log
        )
    }

    /// Sends a line that has no answer.
    func tell(_ line: RunnerLine) {
        guard let data = try? JSONEncoder().encode(line) else { return }
        input.yield(String(decoding: data, as: UTF8.self))
    }

    /// Sends a request and waits for its answer, which comes soon, or the runner's end.
    ///
    /// - Throws: `EngineError` with the runner's own words.
    func ask(_ request: RunnerLine) async throws -> RunnerLine {
        let answer = try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<RunnerLine, any Error>) in
            var request = request
            let ended = state.withLock { state in
                guard state.ended == nil else { return state.ended }
                state.next += 1
                request.id = state.next
                state.pending[state.next] = continuation
                return nil
            }
            if let ended { return continuation.resume(throwing: EngineError(ended)) }
            tell(request)
        }
        if let error = answer.error { throw EngineError(error) }
        return answer
    }

    private func end(_ why: String) {
        let pending = state.withLock { state in
            defer { state.pending = [:] }
            state.ended = why
            return Array(state.pending.values)
        }
        input.finish()
        for continuation in pending { continuation.resume(throwing: EngineError(why)) }
    }
}
