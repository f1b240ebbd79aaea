import Artifacts
import AsyncHTTPClient
import Core
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization

extension RoundSession {
    private enum Step: Sendable {
        case notYet
        /// The whole file is there; what the engine says that it holds.
        case complete(ContentDigest?)
    }

    /// Fetches a model as soon as it is there, going on where an attempt broke off, and holds it against its digest.
    ///
    /// - Parameter expected: The digest that the ticket names; without one, that which the engine states.
    func download(
        _ part: EnginePaths.Part,
        to file: URL,
        expecting expected: ContentDigest?,
        limit: Int,
        until end: Instant
    ) async throws -> FileDigest {
        try? FileManager.default.removeItem(at: file)
        guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
            throw EngineError("\(file.path) can't be made: is the disk full or the folder not ours?")
        }
        let tag = Tag()
        return try await retrying("fetch \(part.rawValue)", until: end) { seconds -> FileDigest? in
            let step = try await Bounded.run(seconds: seconds, idle: idle) { progress in
                try await fetch(part, to: file, tag, limit: limit, seconds: seconds, progress)
            }
            guard case .complete(let stated) = step else { return nil }
            let content = try await Blocking.run { try FileDigest(of: file) }
            guard let wanted = expected ?? stated, content.digest == wanted else {
                tag.clear()
                throw EngineProblem(
                    502,
                    .damaged,
                    "the \(part.rawValue) model has \(content.digest), wanted is \(expected ?? stated, default: "no digest")"
                )
            }
            return content
        }
    }

    private func fetch(
        _ part: EnginePaths.Part,
        to file: URL,
        _ tag: Tag,
        limit: Int,
        seconds: Double,
        _ progress: Progress
    ) async throws -> Step {
        let handle = try FileHandle(forWritingTo: file)
        defer { try? handle.close() }
        var size = Int(try handle.seekToEnd())
        var request = request(.GET, part)
        if size > 0, let tag = tag.value {
            request.headers.add(name: "Range", value: "bytes=\(size)-")
            request.headers.add(name: "If-Range", value: tag)
        }
        let response = try await http.execute(request, timeout: .nanoseconds(Int64(seconds * 1e9)))
        progress.note()
        switch response.status.code {
        case 204: return .notYet
        case 206 where response.headers.first(name: "Content-Range")?.hasPrefix("bytes \(size)-") == true: break
        case 200, 206, 416:
            try handle.truncate(atOffset: 0)
            size = 0
            guard response.status.code == 200 else {
                tag.clear()
                throw EngineProblem(502, .damaged, "the engine sent another part of the model than it was asked for")
            }
        default: try await accept(response)
        }
        tag.value = response.headers.first(name: "ETag")
        let total = response.headers.first(name: "Content-Length").flatMap { Int($0) }.map { size + $0 }
        guard let total, total <= limit else {
            throw EngineError("the engine's model has \(total ?? -1) bytes; this node takes at most \(limit)")
        }
        var pending = ByteBuffer()
        for try await part in response.body {
            progress.note()
            size += part.readableBytes
            guard size <= total else { throw EngineProblem(502, .damaged, "the model is longer than announced") }
            pending.writeImmutableBuffer(part)
            guard pending.readableBytes >= UploadSpool.piece else { continue }
            try await append(pending, to: handle)
            pending.clear(minimumCapacity: UploadSpool.piece)
        }
        try await append(pending, to: handle)
        guard size == total else { throw EngineProblem(502, .damaged, "\(size) of \(total) bytes arrived") }
        return .complete(response.headers.first(name: EngineHeaders.sha256).flatMap { ContentDigest($0) })
    }

    private func append(_ buffer: ByteBuffer, to handle: FileHandle) async throws {
        do {
            try await Blocking.run { try buffer.withUnsafeReadableBytes { try handle.write(contentsOf: $0) } }
        } catch {
            throw EngineError("the model can't be written to this node's disk: \(error)")
        }
    }
}

/// The tag of the file that a partial download belongs to.
private final class Tag: Sendable {
    private let text = Mutex<String?>(nil)

    var value: String? {
        get { text.withLock { $0 } }
        set { text.withLock { $0 = newValue } }
    }

    /// What was fetched isn't worth going on with.
    func clear() { value = nil }
}
