import AsyncHTTPClient
import Core
import Foundation
import NIOCore
import NIOHTTP1

extension RoundSession {
    /// Seconds for which the engine is asked to hold a request.
    private static let hold = 20.0

    /// Waits until the engine says that the round is over.
    ///
    /// - Throws: `EngineError` where it can't be learned by `end`.
    func waitForEnd(until end: Instant) async throws {
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
}
