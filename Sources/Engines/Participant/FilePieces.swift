import Foundation
import NIOCore

/// A file's bytes, a piece at a time.
struct FilePieces: AsyncSequence, Sendable {
    static let piece = 512 << 10

    let url: URL
    let progress: Progress

    struct AsyncIterator: AsyncIteratorProtocol {
        let url: URL
        let progress: Progress
        var handle: FileHandle?

        mutating func next() async throws -> ByteBuffer? {
            let handle = try self.handle ?? FileHandle(forReadingFrom: url)
            self.handle = handle
            let piece = try await Blocking.run { try handle.read(upToCount: FilePieces.piece) ?? Data() }
            guard !piece.isEmpty else {
                try handle.close()
                // What comes now is the engine's time, not the network's.
                progress.rest()
                return nil
            }
            progress.note()
            return ByteBuffer(bytes: piece)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(url: url, progress: progress) }
}
