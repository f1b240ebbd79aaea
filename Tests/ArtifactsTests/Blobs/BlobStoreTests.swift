import Artifacts
import Core
import Foundation
import TestSupport
import Testing

@Suite("The blob store")
struct BlobStoreTests {
    private let content = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })

    @Test("What is stored is there under its digest, once")
    func stores() async throws {
        try await withFixture { fixture in
            let store = try BlobStore(root: fixture.url("blobs"))
            let digest = try store.store(content)
            #expect(digest == ContentDigest(of: content))
            #expect(try store.store(content) == digest)
            #expect(store.size(of: digest) == content.count)
            #expect(try store.data(digest) == content)
            #expect(throws: ArtifactError.self) { try store.data(digest, limit: 1000) }

            let file = fixture.url("file")
            try content.write(to: file)
            let stored = try store.store(fileAt: file)
            #expect(stored.digest == digest)
            #expect(stored.size == content.count)

            let absent = ContentDigest(of: Data("other".utf8))
            #expect(store.missing([digest: content.count, absent: 5]) == [absent: 5])
            #expect(throws: ArtifactError.self) { try store.data(absent) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.url("blobs/partial").path).isEmpty)
        }
    }

    @Test("A fetch goes on where the one before stopped")
    func resumes() async throws {
        try await withFixture { fixture in
            let store = try BlobStore(root: fixture.url("blobs"))
            let digest = ContentDigest(of: content)
            func first() throws {
                var writer = try BlobWriter(store, resuming: digest)
                #expect(writer.size == 0)
                try writer.append(content.prefix(100_000))
            }
            try first()
            #expect(!store.contains(digest))
            var writer = try BlobWriter(store, resuming: digest)
            #expect(writer.size == 100_000)
            try writer.append(content.dropFirst(writer.size))
            #expect(try writer.finish() == digest)
            #expect(try store.data(digest) == content)
        }
    }

    @Test("Content that turns out to be another is thrown away, and the next attempt starts anew")
    func refusesOtherContent() async throws {
        try await withFixture { fixture in
            let store = try BlobStore(root: fixture.url("blobs"))
            let digest = ContentDigest(of: content)
            func wrong() throws {
                var writer = try BlobWriter(store, resuming: digest)
                try writer.append(content.dropLast())
                try writer.append(Data([content.last! ^ 1]))
                _ = try writer.finish()
            }
            #expect {
                try wrong()
            } throws: { "\($0)".contains("fetched anew next time") }
            #expect(!store.contains(digest))
            var writer = try BlobWriter(store, resuming: digest)
            #expect(writer.size == 0)
            try writer.append(content)
            _ = try writer.finish()
            #expect(try store.data(digest) == content)
        }
    }

    @Test("Two fetches of one blob at once don't write into one file")
    func twoWriters() async throws {
        try await withFixture { fixture in
            let store = try BlobStore(root: fixture.url("blobs"))
            let digest = ContentDigest(of: content)
            var one = try BlobWriter(store, resuming: digest)
            try one.append(content.prefix(5))
            func second() throws {
                var two = try BlobWriter(store, resuming: digest)
                #expect(two.size == 0, "the first one's bytes aren't its own")
                try two.append(Data("nonsense".utf8))
                try one.append(content.dropFirst(5))
                #expect(try one.finish() == digest)
                // Its content is wrong, and it says so without harm to the blob that is there now.
                #expect(throws: ArtifactError.self) { try two.finish() }
            }
            try second()
            #expect(try store.data(digest) == content)
            #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.url("blobs/partial").path).isEmpty)
        }
    }

    @Test("A batch appears as one, and one that is let go leaves nothing")
    func batch() async throws {
        try await withFixture { fixture in
            let store = try BlobStore(root: fixture.url("blobs"))
            let contents = (0..<500).map { Data("content \($0 % 400)".utf8) }
            func drop() throws {
                var batch = try BlobBatch(store)
                #expect(try !store.contains(batch.add(content)))
            }
            try drop()
            var batch = try BlobBatch(store)
            var digests: [ContentDigest] = []
            for content in contents { digests.append(try batch.add(content)) }
            #expect(!digests.contains { store.contains($0) })
            try batch.commit()
            #expect(Set(digests).count == 400)
            #expect(try digests.map { try store.data($0) } == contents)
            #expect(!store.contains(ContentDigest(of: content)))
        }
    }

    @Test("What nothing needs any more is removed")
    func removes() async throws {
        try await withFixture { fixture in
            let store = try BlobStore(root: fixture.url("blobs"))
            let (keep, drop) = (try store.store(content), try store.store(Data("old".utf8)))
            func partial() throws {
                var writer = try BlobWriter(store, resuming: ContentDigest(of: Data("unfinished".utf8)))
                try writer.append(Data("unfi".utf8))
            }
            try partial()
            #expect(try store.removeAll(except: [keep]) == 7)
            #expect(store.contains(keep))
            #expect(!store.contains(drop))
        }
    }
}
