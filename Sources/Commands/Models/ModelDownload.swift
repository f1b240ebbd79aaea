import API
import Artifacts
import ControllerClient
import Core
import Foundation

/// Brings one model to a file, by way of a part file beside it that a later pull goes on with.
struct ModelDownload {
    let grant: ModelGrant
    let file: URL

    private var part: URL { file.appendingPathExtension("\(grant.digest.short).part") }

    /// - Parameter console: Where progress is shown, where that is a terminal.
    func run(showing console: Console?) async throws {
        let handle = try open()
        defer { try? handle.close() }
        let there = Int(try handle.seekToEnd())
        if there < grant.bytes {
            let view = console.flatMap { $0.isTerminal ? LiveView($0) : nil }
            try await ControllerClient.model(grant, from: there) { piece, place in
                try handle.seek(toOffset: UInt64(place))
                try handle.write(contentsOf: piece)
                let share = Double(place + piece.count) / Double(max(1, grant.bytes))
                view?.show(
                    [
                        "\(Measures.number(share * 100, digits: 0))% of \(Measures.bytes(grant.bytes))"
                    ],
                    line: ""
                )
            }
        }
        try handle.synchronize()
        try verify()
        do {
            // One rename: whoever looks sees the old file, or the whole new one.
            guard rename(part.path, file.path) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        } catch {
            throw CommandFailure("\(file.path) can't be written: \(error.localizedDescription)")
        }
    }

    private func open() throws -> FileHandle {
        let files = FileManager.default
        if !files.fileExists(atPath: part.path), !files.createFile(atPath: part.path, contents: nil) {
            throw CommandFailure(
                "\(part.path) can't be written: check that the folder is there, and that it is yours to write to",
                .usage
            )
        }
        let handle = try FileHandle(forUpdating: part)
        if try handle.seekToEnd() > UInt64(grant.bytes) { try handle.truncate(atOffset: 0) }
        return handle
    }

    private func verify() throws {
        let content = try FileDigest(of: part)
        guard content.digest == grant.digest else {
            try? FileManager.default.removeItem(at: part)
            throw CommandFailure(
                "what came (\(content.bytes) bytes) has the digest \(content.digest), the model has \(grant.digest): pull it again"
            )
        }
    }
}
