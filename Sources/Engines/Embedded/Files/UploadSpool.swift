import Artifacts
import Core
import Crypto
import Foundation
import NIOCore

/// A request's body on its way to disk: no more of it than a piece is in memory at a time.
struct UploadSpool: Sendable {
    static let piece = 1 << 20

    let place: URL
    /// Bytes above which it is refused.
    let limit: Int

    /// Writes the body to `place` and holds it against what was announced.
    ///
    /// - Parameters:
    ///   - length: The request's Content-Length, where it has one.
    ///   - expected: SHA-256 of the whole body.
    ///   - proceed: Asked before each piece is written; throws when the rest isn't wanted any more.
    /// - Throws: `EngineProblem`. What was written is removed then.
    func receive<Body: AsyncSequence>(
        _ body: Body,
        length: Int?,
        expecting expected: ContentDigest,
        proceed: () throws(EngineProblem) -> Void
    ) async throws -> ModelFile where Body.Element == ByteBuffer {
        if let length, length > limit { throw tooLarge }
        guard FileManager.default.createFile(atPath: place.path, contents: nil) else { throw Self.noRoom }
        do {
            let handle = try FileHandle(forWritingTo: place)
            defer { try? handle.close() }
            let content = try await write(body, to: handle, proceed: proceed)
            if let length, content.bytes != length {
                throw EngineProblem(
                    400,
                    .damaged,
                    "\(content.bytes) of \(length) announced bytes arrived: send it again"
                )
            }
            guard content.digest == expected else {
                throw EngineProblem(
                    400,
                    .damaged,
                    "what arrived has \(content.digest), announced was \(expected): send it again"
                )
            }
            return ModelFile(url: place, content: content)
        } catch {
            try? FileManager.default.removeItem(at: place)
            throw error
        }
    }

    private func write<Body: AsyncSequence>(
        _ body: Body,
        to handle: FileHandle,
        proceed: () throws(EngineProblem) -> Void
    ) async throws -> FileDigest where Body.Element == ByteBuffer {
        var hash = SHA256()
        var size = 0
        var pending = ByteBuffer()
        for try await part in body {
            try proceed()
            size += part.readableBytes
            if size > limit { throw tooLarge }
            pending.writeImmutableBuffer(part)
            guard pending.readableBytes >= Self.piece else { continue }
            hash = try await append(pending, to: handle, hash)
            pending.clear(minimumCapacity: Self.piece)
        }
        hash = try await append(pending, to: handle, hash)
        return FileDigest(digest: ContentDigest(hash.finalize()), bytes: size)
    }

    private func append(_ buffer: ByteBuffer, to handle: FileHandle, _ hash: SHA256) async throws -> SHA256 {
        do {
            return try await Blocking.run {
                var hash = hash
                try buffer.withUnsafeReadableBytes { bytes in
                    try handle.write(contentsOf: bytes)
                    hash.update(bufferPointer: bytes)
                }
                return hash
            }
        } catch {
            throw Self.noRoom
        }
    }

    private var tooLarge: EngineProblem {
        EngineProblem(413, .tooLarge, "at most \(limit) bytes are taken here")
    }

    private static let noRoom = EngineProblem(507, .unavailable, "the server node can't write it: is its disk full?")
}
