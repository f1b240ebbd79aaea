import Artifacts
import Core
import Foundation
import Synchronization

/// One process of a tracker, from its start to its end: it is told of the rounds that wait, one after the other.
struct TrackerSession: Sendable {
    /// Rounds after which the process finishes even where more wait: until then some trackers have nothing for certain.
    private static let mostRounds = 500

    let spool: TrackerSpool
    let setup: TrackerSetup
    let python: URL
    let changes: Broadcast
    /// Whether what is open is to be finished as soon as nothing waits.
    let isHurried: @Sendable () -> Bool

    private struct Answer: Decodable, Sendable {
        var logged: Int?
        var kept: [Int]?
        var failed: String?
    }

    private enum Event: Sendable {
        case answer(Answer)
        case ended(String)
    }

    /// Whether the process has ended.
    private final class End: Sendable {
        let hasCome = Mutex(false)
    }

    private struct Configuration: Encodable {
        var name: String
        var task: String
        var folder: String
        var seconds: Int
        var url: String?
        var project: String?
        var entity: String?
        var mode: String?
    }

    /// Until nothing has waited for a while; everything that was told is kept then, and removed here.
    ///
    /// - Throws: `EngineError` that says what the tracker, or its process, had to say.
    func run() async throws {
        let key = try TrackerKey(spool.tracker, environment: setup.environment)
        let process = try process(key)
        let (lines, input) = AsyncStream.makeStream(of: String.self)
        let (events, report) = AsyncStream.makeStream(of: Event.self)
        let end = End()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await process.run(
                        input: lines,
                        output: { line in
                            guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(line.utf8)) else {
                                return
                            }
                            keep(answer.kept ?? [])
                            report.yield(.answer(answer))
                        },
                        log: { setup.log(key.redact("\(spool.tracker.name.rawValue): \($0)")) }
                    )
                } catch {
                    report.yield(.ended("\(error)"))
                }
                report.finish()
                end.hasCome.withLock { $0 = true }
                changes.wake()
            }
            defer { group.cancelAll() }
            do {
                try await converse(input, events, end)
            } catch let error as EngineError {
                throw EngineError(key.redact(error.description))
            }
        }
    }

    private func converse(
        _ input: AsyncStream<String>.Continuation,
        _ events: AsyncStream<Event>,
        _ end: End
    ) async throws {
        var answers = events.makeAsyncIterator()
        var last = Int.min
        var count = 0
        while count < Self.mostRounds, let epoch = await next(after: last, end) {
            input.yield(spool.file(of: epoch).path)
            last = epoch
            count += 1
            while try await take(answers.next()) != epoch {}
        }
        input.finish()
        while true {
            guard let event = await answers.next() else { break }
            if case .ended(let how) = event {
                guard how.hasSuffix("ended with 0") else { throw EngineError(how) }
                break
            }
            _ = try take(event)
        }
        try Task.checkCancellation()
    }

    /// The epoch that is logged, where the event says that one is.
    private func take(_ event: Event?) throws -> Int? {
        switch event {
        case .answer(let answer):
            if let failed = answer.failed { throw EngineError(failed) }
            return answer.logged
        case .ended(let how):
            throw EngineError(
                how.hasSuffix("signal \(SIGALRM)") ? "there was no answer within \(seconds) s" : how
            )
        case nil: throw CancellationError()
        }
    }

    private func keep(_ epochs: [Int]) {
        guard !epochs.isEmpty else { return }
        for epoch in epochs { spool.remove(epoch) }
        changes.wake()
    }

    /// The next round to tell of; nil when none has come for a while, or the process is no more.
    private func next(after last: Int, _ end: End) async -> Int? {
        let (spool, isHurried) = (spool, isHurried)
        return await changes.wait(upTo: setup.idle) { () -> Int?? in
            if let epoch = spool.pending().first(where: { $0 > last }) { return .some(epoch) }
            return isHurried() || end.hasCome.withLock { $0 } ? .some(nil) : nil
        } ?? nil
    }

    private var seconds: Int { setup.limit * (spool.tracker.models == nil ? 1 : 10) }

    private func process(_ key: TrackerKey) throws -> ToolProcess {
        let tracker = spool.tracker
        let name = tracker.folder ?? tracker.name.rawValue
        let data = name.hasPrefix("/") ? URL(filePath: name) : setup.files.appending(path: name)
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        try TrackingFiles.write(to: spool.work)
        let settings = spool.work.appending(path: "tracker.json")
        let configuration = Configuration(
            name: tracker.name.rawValue,
            task: setup.task,
            folder: data.path,
            seconds: seconds,
            url: tracker.url,
            project: tracker.project,
            entity: tracker.entity,
            mode: tracker.mode?.rawValue
        )
        try JSONEncoder().encode(configuration).write(to: settings)
        return ToolProcess(
            name: "its process",
            python: python,
            arguments: ["-u", spool.work.appending(path: TrackingFiles.start).path, settings.path],
            folder: spool.work,
            environment: setup.variables(python).merging(key.variables) { $1 }
        )
    }
}
