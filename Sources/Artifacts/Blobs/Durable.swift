package import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// File operations whose effect survives a power cut once they have returned.
package enum Durable {
    /// Renames over whatever is there, and makes the folder's entry durable.
    package static func rename(_ from: URL, to place: URL) throws {
        try move(from, to: place)
        try synchronize(folder: place.deletingLastPathComponent())
    }

    /// Renames over whatever is there; not durable by itself.
    static func move(_ from: URL, to place: URL) throws {
        #if canImport(Glibc)
            let result = Glibc.rename(from.path, place.path)
        #else
            let result = Darwin.rename(from.path, place.path)
        #endif
        guard result == 0 else {
            throw ArtifactError("renaming \(from.path) to \(place.path) failed: \(String(cString: strerror(errno)))")
        }
    }

    /// Replaces the file at `place` as a whole: a reader sees the old content or the new.
    package static func write(_ data: Data, to place: URL, mode: Int = 0o644) throws {
        let temporary = place.deletingLastPathComponent().appending(
            path: ".\(place.lastPathComponent).\(UUID().uuidString)"
        )
        let created = FileManager.default.createFile(
            atPath: temporary.path,
            contents: nil,
            attributes: [.posixPermissions: mode]
        )
        guard created else {
            throw ArtifactError("\(temporary.path) can't be made: is the disk full or the folder not ours?")
        }
        do {
            let handle = try FileHandle(forWritingTo: temporary)
            defer { try? handle.close() }
            try handle.write(contentsOf: data)
            try handle.synchronize()
            try rename(temporary, to: place)
        } catch {
            try? FileManager.default.removeItem(at: temporary)
            throw error
        }
    }

    /// Makes the folder with those above it, each entry durable; nothing where it is there.
    package static func makeFolder(_ folder: URL) throws {
        if FileManager.default.fileExists(atPath: folder.path) { return }
        let above = folder.deletingLastPathComponent()
        try makeFolder(above)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try synchronize(folder: above)
    }

    /// Makes all that is beneath the folder durable, in one go: file by file, an environment of some thousand files
    /// would take the disk as many turns.
    package static func synchronize(tree: URL) throws {
        #if canImport(Glibc)
            // Swift's view of the C library lacks `syncfs`, which waits for one file system instead of for all.
            typealias SyncFS = @convention(c) (Int32) -> Int32
            if let symbol = dlsym(nil, "syncfs") {
                let descriptor = open(tree.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                guard descriptor >= 0 else {
                    throw ArtifactError("opening \(tree.path) failed: \(String(cString: strerror(errno)))")
                }
                defer { close(descriptor) }
                guard unsafeBitCast(symbol, to: SyncFS.self)(descriptor) == 0 else {
                    throw ArtifactError("synchronising \(tree.path) failed: \(String(cString: strerror(errno)))")
                }
                return
            }
        #endif
        sync()
    }

    package static func synchronize(folder: URL) throws {
        let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY)
        guard descriptor >= 0 else {
            throw ArtifactError("opening \(folder.path) failed: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw ArtifactError("synchronising \(folder.path) failed: \(String(cString: strerror(errno)))")
        }
    }
}
