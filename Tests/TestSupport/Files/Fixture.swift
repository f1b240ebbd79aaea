package import Foundation
import Synchronization

/// One test's folder and everything that must end with the test: cleaned up last in, first out, whether or not the
/// test passed.
///
/// When the test throws, or `FEDOPS_KEEP_TEST_FOLDERS` is set, the folder stays, with what was logged in `test.log`,
/// and its place is printed.
package final class Fixture: Sendable {
    private typealias Action = @Sendable () async throws -> Void

    /// Empty at first; its path holds no symbolic link.
    package let folder: URL
    private let actions = Mutex<[Action]>([])
    private let lines = Mutex<[String]>([])

    init(_ name: String) throws {
        let safe = name.prefix(40).map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        let id = UUID().uuidString.prefix(8).lowercased()
        folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appending(path: "fedops-\(String(safe))-\(id)", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// A place inside of the folder; nothing is made there.
    package func url(_ path: String) -> URL { folder.appending(path: path) }

    /// A new folder inside of the folder.
    package func makeFolder(_ path: String) throws -> URL {
        let place = folder.appending(path: path, directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        return place
    }

    /// A new file inside of the folder, with the folders above it.
    @discardableResult
    package func write(_ text: String, to path: String, mode: Int = 0o644) throws -> URL {
        let place = url(path)
        let files = FileManager.default
        try files.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: place)
        try files.setAttributes([.posixPermissions: mode], ofItemAtPath: place.path)
        return place
    }

    /// Adds to the log that is kept when the test fails.
    package func log(_ line: String) { lines.withLock { $0.append(line) } }

    /// What was logged so far.
    package var logged: [String] { lines.withLock { $0 } }

    /// Runs `action` when the test ends, before everything that was added earlier.
    package func atEnd(_ action: @escaping @Sendable () async throws -> Void) {
        actions.withLock { $0.append(action) }
    }

    func close(failure: (any Error)?) async throws {
        var broken: (any Error)?
        while let action = actions.withLock({ $0.popLast() }) {
            do { try await action() } catch { broken = broken ?? error }
        }
        guard failure == nil, broken == nil, ProcessInfo.processInfo.environment["FEDOPS_KEEP_TEST_FOLDERS"] == nil
        else {
            if let failure { log("failed: \(failure)") }
            try Data(lines.withLock { $0.joined(separator: "\n") + "\n" }.utf8).write(to: url("test.log"))
            print("the test's folder is kept: \(folder.path)")
            if let broken { throw broken }
            return
        }
        try FileManager.default.removeItem(at: folder)
    }
}

/// Gives `body` a fixture that ends with it.
package func withFixture<Value>(
    _ name: String = #function,
    _ body: (Fixture) async throws -> Value
) async throws -> Value {
    let fixture = try Fixture(name)
    let value: Value
    do {
        value = try await body(fixture)
    } catch {
        try? await fixture.close(failure: error)
        throw error
    }
    try await fixture.close(failure: nil)
    return value
}
