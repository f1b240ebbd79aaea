import AsyncHTTPClient
import Core
import FlowRunner
import Foundation
import NIOCore
import NIOHTTP1

extension RoundSession {
    /// Seconds for which the engine is asked to hold a request.
    private static let hold = 20.0

    /// Waits until the engine says that the round is over.
    ///
    /// - Throws: `EngineError` where it can't be learned by `end`.
    func waitForRoundEnd(until end: Instant) async throws {
        do {
            try await retrying("learn of the round's end", until: end) { seconds -> Bool? in
                let status = try await Bounded.run(seconds: seconds, idle: idle) { _ in
                    var request = request(.GET, .status)
                    request.headers.add(name: EngineHeaders.wait, value: String(min(Self.hold, seconds)))
                    let response = try await http.execute(request, timeout: .nanoseconds(Int64(seconds * 1e9)))
                    guard response.status.code == 200 else {
                        try await accept(response)
                        throw EngineProblem(502, .damaged, "the engine answers \(response.status)")
                    }
                    let body = try await response.body.collect(upTo: 4 << 20)
                    return try JSONDecoder().decode(RoundStatus.self, from: Data(body.readableBytesView))
                }
                return status.isOver ? true : nil
            }
        } catch is RoundClosed {
            return
        }
    }

    /// Has a stage done; where the round asked more clients than it needs, only until it has enough without this one.
    ///
    /// - Throws: `RoundClosed` in that case, with the stage's process gone.
    func whileWanted<Value: Sendable>(_ stage: @escaping @Sendable () async throws -> Value) async throws -> Value {
        guard ticket.enough != nil else { return try await stage() }
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await stage() }
            group.addTask {
                try await waitForEnd()
                return nil
            }
            defer { group.cancelAll() }
            while let value = try await group.next() {
                if let value { return value }
            }
            throw CancellationError()
        }
    }

    /// The server's control variates, where the strategy has such and the base has some. They come from the engine itself
    /// on either engine.
    func control(for worker: FlowWorker, to file: URL, limit: Int) async throws -> URL? {
        guard ticket.base != nil, worker.configuration.flow.rounds.strategy.known == .scaffold else { return nil }
        do {
            _ = try await download(.control, to: file, expecting: nil, limit: limit, until: ticket.trainBy)
            return file
        } catch let problem as EngineProblem where problem.code == .missing {
            return nil
        }
    }
}
