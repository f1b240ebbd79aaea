package import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes a safetensors file as its bytes come.
///
/// It grows beside its place and is renamed into it by `finish`, so that what stands at the place is complete and
/// durable, whenever the process dies. Left unfinished, it leaves nothing.
package struct SafetensorsWriter: ~Copyable {
    private let place: URL
    private let partial: URL
    private let descriptor: CInt
    private let wanted: Int
    private var written = 0
    private var isFinished = false

    /// - Parameters:
    ///   - url: Where the file is to be; a file that is there is replaced.
    ///   - specs: The tensors in the order in which their bytes will come. `TensorSpec.aligned` gives the order that
    ///     keeps each aligned to its elements, as the reference implementation writes them.
    /// - Throws: `.invalid` for a name that is there twice, `.unreadable` when the file can't be made.
    package init(url: URL, specs: [TensorSpec], metadata: [String: String] = [:]) throws(TensorError) {
        let header = try HeaderEncoder.encode(specs, metadata: metadata)
        let folder = url.deletingLastPathComponent()
        let partial = folder.appending(path: ".\(url.lastPathComponent).\(UUID().uuidString)")
        let descriptor = open(partial.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw TensorError(.unreadable, "\(partial.path) can't be made: \(String(cString: strerror(errno)))")
        }
        if let failure = header.withUnsafeBytes({ Self.append($0, to: descriptor) }) {
            close(descriptor)
            unlink(partial.path)
            throw TensorError(.unreadable, "\(partial.path) can't be written: \(String(cString: strerror(failure)))")
        }
        place = url
        self.partial = partial
        self.descriptor = descriptor
        wanted = specs.reduce(0) { $0 + $1.byteCount }
    }

    /// Appends bytes of the tensors, in pieces of any size: little-endian, row-major.
    ///
    /// - Throws: `.invalid` for more bytes than the tensors have, `.unreadable` when the disk is full or fails.
    package mutating func write(_ bytes: UnsafeRawBufferPointer) throws(TensorError) {
        guard bytes.count <= wanted - written else {
            throw TensorError(.invalid, "\(place.path) would get more bytes than the \(wanted) of its tensors")
        }
        if let failure = Self.append(bytes, to: descriptor) {
            throw TensorError(.unreadable, "\(partial.path) can't be written: \(String(cString: strerror(failure)))")
        }
        written += bytes.count
    }

    /// Makes the file durable and puts it in its place.
    ///
    /// - Throws: `.invalid` when bytes are missing, `.unreadable` when the disk fails.
    package mutating func finish() throws(TensorError) {
        guard written == wanted else {
            throw TensorError(.invalid, "\(place.path) has got \(written) of its tensors' \(wanted) bytes")
        }
        guard fsync(descriptor) == 0, rename(partial.path, place.path) == 0 else {
            throw TensorError(.unreadable, "\(place.path) can't be written: \(String(cString: strerror(errno)))")
        }
        isFinished = true
        // The folder's entry is durable only when the folder is.
        let folder = open(place.deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { if folder >= 0 { close(folder) } }
        guard folder >= 0, fsync(folder) == 0 else {
            throw TensorError(.unreadable, "the folder of \(place.path) can't be made durable")
        }
    }

    deinit {
        close(descriptor)
        if !isFinished { unlink(partial.path) }
    }

    /// Writes all of `bytes`; the error's number when the system refuses.
    private static func append(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> CInt? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest)
            let count = systemWrite(descriptor, piece.baseAddress, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count < 0 ? errno : EIO }
            rest = rest.dropFirst(count)
        }
        return nil
    }
}

#if canImport(Glibc)
    private let systemWrite = Glibc.write
#else
    private let systemWrite = Darwin.write
#endif
