package import Foundation
import Subprocess
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A program that runs beside the test, in its own process group, which is killed when the test's fixture ends.
///
/// Standard output and error go, together, to `<name>.log` in the fixture's folder and to `output`.
package final class BackgroundProcess: Sendable {
    package let name: String
    package let processID: Int32
    private let record: ProcessRecord
    private let task: Task<Void, Never>

    private init(name: String, processID: Int32, record: ProcessRecord, task: Task<Void, Never>) {
        self.name = name
        self.processID = processID
        self.record = record
        self.task = task
    }

    /// Starts `program` (a name to be found in `PATH`, or a path); a `nil` in `environment` removes that variable.
    package static func start(
        _ name: String,
        _ program: String,
        _ arguments: [String] = [],
        in folder: URL? = nil,
        environment: [String: String?] = [:],
        fixture: Fixture
    ) async throws -> BackgroundProcess {
        let configuration = configuration(program, arguments, in: folder, environment: environment)
        let record = try ProcessRecord(log: fixture.url("\(name).log"))
        let (started, starting) = AsyncThrowingStream<Int32, any Error>.makeStream()
        // Not a child task: the process outlives this function, and ends with the fixture.
        let task = Task {
            do {
                let result = try await run(
                    configuration,
                    input: .none,
                    output: .sequence,
                    error: .combinedWithOutput
                ) { execution in
                    starting.yield(execution.processIdentifier.value)
                    for try await buffer in execution.standardOutput {
                        buffer.withUnsafeBytes { record.append($0) }
                    }
                }
                record.finish(result.terminationStatus.code)
            } catch {
                starting.finish(throwing: error)
                record.finish(-Int(SIGKILL))
            }
        }
        for try await processID in started {
            let process = BackgroundProcess(name: name, processID: processID, record: record, task: task)
            fixture.atEnd { await process.stop() }
            return process
        }
        throw ProcessFailed(description: "\(name) (\(program)) did not start")
    }

    /// What it has written so far.
    package var output: String { record.output }

    package var isRunning: Bool { record.status == nil }

    package func send(_ signal: Int32, toGroup: Bool = false) {
        if isRunning { kill(toGroup ? -processID : processID, signal) }
    }

    /// The exit code, or minus the signal that ended it.
    @discardableResult
    package func waitForExit(within limit: Duration = .seconds(20)) async throws -> Int {
        try await eventually("\(name) ends; its output: \(output.suffix(2000))", within: limit) { record.status }
    }

    /// Waits until the output contains `text`; fails early when the process ends without it.
    package func waitForOutput(_ text: String, within limit: Duration = .seconds(30)) async throws {
        let found: Bool = try await eventually("\(name) writes \"\(text)\"", within: limit) {
            let ended = !isRunning
            return output.contains(text) ? true : ended ? false : nil
        }
        guard found else {
            throw ProcessFailed(
                description: "\(name) ended with \(record.status ?? 0) before it wrote \"\(text)\": "
                    + output.suffix(2000)
            )
        }
    }

    /// Kills it with its whole group, and waits until it is gone.
    package func stop() async {
        task.cancel()
        await task.value
        kill(-processID, SIGKILL)
    }
}

/// Output and end of a process, shared by the task that reads them and the test that asks.
private final class ProcessRecord: Sendable {
    private struct Content {
        var output: [UInt8] = []
        var status: Int?
    }

    private let log: FileHandle
    private let content = Mutex(Content())

    init(log place: URL) throws {
        if !FileManager.default.fileExists(atPath: place.path) {
            try Data().write(to: place)
        }
        log = try FileHandle(forWritingTo: place)
        try log.seekToEnd()
    }

    var output: String { String(decoding: content.withLock { $0.output }, as: UTF8.self) }
    var status: Int? { content.withLock { $0.status } }

    func append(_ bytes: UnsafeRawBufferPointer) {
        content.withLock { $0.output.append(contentsOf: bytes) }
        try? log.write(contentsOf: Data(bytes))
    }

    func finish(_ status: Int) {
        try? log.close()
        content.withLock { $0.status = status }
    }
}
