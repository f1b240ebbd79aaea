import Core
import Engines
import Foundation

/// Request heads as text, for bodies that aren't what they say.
enum RawRequest {
    static func update(_ client: ScriptedClient, _ update: Data, announcing length: Int?) throws -> String {
        var lines = [
            "PUT \(EnginePaths.round(task: client.ticket.task, epoch: client.ticket.epoch, .update)) HTTP/1.1",
            "Host: engine", "Authorization: Bearer \(client.bearer)", "\(EngineHeaders.node): \(client.node)",
        ]
        lines += try client.head(update).fields().map { "\($0.name): \($0.value)" }
        lines.append(length.map { "Content-Length: \($0)" } ?? "Transfer-Encoding: chunked")
        return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }
}

extension RunningEngine {
    /// Uploads that are on disk and not yet added.
    func partialFiles() throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: folder.appending(path: "partial"),
            includingPropertiesForKeys: nil
        )
    }

    func partialBytes() throws -> Int {
        try partialFiles().reduce(0) { sum, file in
            let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
            return sum + ((attributes[.size] as? NSNumber)?.intValue ?? 0)
        }
    }
}
