import Artifacts
import Foundation
import Synchronization

/// The log of one revision's build: a file that grows line by line, so that it can be followed.
///
/// Lines of the builder itself start with `==`; all others are what steps wrote. A build that is tried again goes on at
/// the file's end, since someone may be reading it.
final class BuildLog: Sendable {
    private let handle: FileHandle
    private let last = LineCollector(limit: 30)
    private let writing = Mutex(())
    private let onLine: @Sendable () -> Void

    /// - Parameters:
    ///   - place: The file; made, with its folder, where it isn't there.
    ///   - onLine: Called after each line, for those who follow.
    init(at place: URL, onLine: @escaping @Sendable () -> Void = {}) throws {
        let files = FileManager.default
        try files.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        if !files.fileExists(atPath: place.path), !files.createFile(atPath: place.path, contents: nil) {
            throw ArtifactError("the log \(place.path) can't be made: is the disk full?")
        }
        handle = try FileHandle(forWritingTo: place)
        try handle.seekToEnd()
        self.onLine = onLine
    }

    deinit { try? handle.close() }

    /// A line of a step. A disk that is too full for it is no reason to fail the step.
    func line(_ text: String) {
        writing.withLock { _ in
            last.append(text)
            try? handle.write(contentsOf: Data((text + "\n").utf8))
        }
        onLine()
    }

    /// What the builder does.
    func note(_ text: String) { line("== \(text)") }

    /// The newest lines, oldest of them first.
    var tail: [String] { last.lines }
}
