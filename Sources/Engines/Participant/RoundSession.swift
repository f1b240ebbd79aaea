import Artifacts
import AsyncHTTPClient
import Core
import Foundation
import Logging
import NIOCore
import NIOHTTP1

/// The engine's answer that a round is over, or that nothing more is wanted of this client: no failure.
struct RoundClosed: Error {
    let why: String
}

/// One client's talk with the engine of one round.
struct RoundSession: Sendable {
    private static let maximumProblem = 64 << 10

    let http: HTTPClient
    let ticket: Ticket
    let node: String
    let key: String
    let logger: Logger
    let now: @Sendable () -> Instant
    /// Seconds without a byte after which an exchange is given up and tried again.
    let idle: Double

    func request(_ method: HTTPMethod, _ part: EnginePaths.Part) -> HTTPClientRequest {
        var base = ticket.serverURL[...]
        while base.hasSuffix("/") { base = base.dropLast() }
        var request = HTTPClientRequest(
            url: base + EnginePaths.round(task: ticket.task, epoch: ticket.epoch, part)
        )
        request.method = method
        request.headers.add(name: "Authorization", value: "Bearer \(key)")
        request.headers.add(name: EngineHeaders.node, value: node)
        return request
    }

    /// Sends a report.
    func put(_ part: EnginePaths.Part, _ report: some Encodable & Sendable, until end: Instant) async throws {
        let body = try JSONEncoder().encode(report)
        try await retrying("send \(part.rawValue)", until: end) { seconds in
            try await Bounded.run(seconds: seconds, idle: idle) { _ in
                var request = request(.PUT, part)
                request.headers.add(name: "Content-Type", value: "application/json")
                request.body = .bytes(ByteBuffer(bytes: body))
                let response = try await http.execute(request, timeout: .nanoseconds(Int64(seconds * 1e9)))
                try await accept(response)
                return ()
            }
        }
    }

    /// Returns when the end of training has come or can't be learned of.
    ///
    /// - Throws: `RoundClosed` as soon as the round doesn't want this client's update any more.
    func waitForEnd() async throws {
        do {
            try await retrying("learn of the end of training", until: ticket.trainBy) { seconds -> Bool? in
                try await Bounded.run(seconds: seconds, idle: idle) { _ in
                    let timeout = Int64(seconds * 1e9)
                    let response = try await http.execute(request(.GET, .training), timeout: .nanoseconds(timeout))
                    try await accept(response)
                }
                return nil
            }
        } catch let closed as RoundClosed {
            throw closed
        } catch {
            logger.debug("end of training not learned", metadata: ["error": "\(error)"])
        }
    }

    /// Sends a file; the same file again does no harm.
    func upload(
        _ file: URL,
        _ content: FileDigest,
        as part: EnginePaths.Part,
        _ fields: [(name: String, value: String)],
        until end: Instant
    ) async throws {
        try await retrying("upload \(part.rawValue)", until: end) { seconds in
            try await Bounded.run(seconds: seconds, idle: idle) { progress in
                var request = request(.PUT, part)
                request.headers.add(name: "Content-Type", value: "application/octet-stream")
                for field in fields { request.headers.add(name: field.name, value: field.value) }
                request.body = .stream(
                    FilePieces(url: file, progress: progress),
                    length: .known(Int64(content.bytes))
                )
                let response = try await http.execute(request, timeout: .nanoseconds(Int64(seconds * 1e9)))
                try await accept(response)
                return ()
            }
        }
    }

    /// Lets a success pass, and throws what else the engine answers.
    func accept(_ response: HTTPClientResponse) async throws {
        guard !(200..<300).contains(response.status.code) else {
            for try await _ in response.body {}
            return
        }
        let body = try? await response.body.collect(upTo: Self.maximumProblem)
        let problem = body.flatMap { try? JSONDecoder().decode(EngineProblem.self, from: Data($0.readableBytesView)) }
        if problem?.refusal?.kind == .alreadyCounted {
            logger.debug("update was counted already", metadata: ["node": "\(node)"])
            return
        }
        if response.status.code == 410 || problem?.code == .closed || problem?.refusal?.kind == .tooLate {
            throw RoundClosed(why: problem?.title ?? "the round is over")
        }
        throw problem ?? EngineProblem(Int(response.status.code), .invalid, "the engine answers \(response.status)")
    }

    /// Tries until it works, time is up, or the engine says something that another attempt won't change.
    ///
    /// - Parameter attempt: Gets the seconds that are left. `nil` means that what is asked for isn't there yet.
    @discardableResult
    func retrying<Value: Sendable>(
        _ what: String,
        until end: Instant,
        _ attempt: (_ seconds: Double) async throws -> Value?
    ) async throws -> Value {
        var failures = 0
        var last: any Error = TimedOut(description: "there was no time left")
        while true {
            let seconds = end.seconds(since: now())
            guard seconds > 0 else {
                throw EngineError("node \(node) could not \(what) by \(end.iso8601): \(last)")
            }
            let begun = ContinuousClock.now
            do {
                if let value = try await attempt(seconds) { return value }
                last = TimedOut(description: "the engine didn't have it")
                // An engine that holds requests open has done the waiting.
                failures = ContinuousClock.now - begun < .milliseconds(200) ? failures + 1 : 0
            } catch {
                try Task.checkCancellation()
                guard Self.isTransient(error) else { throw error }
                last = error
                failures += 1
                logger.debug("engine not reached", metadata: ["error": "\(error)", "attempt": "\(failures)"])
            }
            if failures > 0 {
                let pause = min(3, 0.1 * Double(1 << min(failures - 1, 6))) * Double.random(in: 0.5...1)
                try await Task.sleep(for: .seconds(min(pause, max(0.001, end.seconds(since: now())))))
            }
        }
    }

    private static func isTransient(_ error: any Error) -> Bool {
        switch error {
        case let problem as EngineProblem:
            // 401 is also what a round gets that isn't open yet.
            return [401, 408, 425, 429].contains(problem.status) || problem.status >= 500 || problem.code == .damaged
        case is RoundClosed, is CancellationError, is EngineError, is EncodingError: return false
        default: return true
        }
    }
}
