import Artifacts
import Core
import Foundation
import Git
import Logging

final class BuildLog: Sendable {
    let place: URL
    let onLine: @Sendable () -> Void
    init(at place: URL, onLine: @escaping @Sendable () -> Void) throws {
        self.place = place
        self.onLine = onLine
        try FileManager.default.createDirectory(
            at: place.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        FileManager.default.createFile(atPath: place.path, contents: nil)
    }
    func line(_ text: String) throws {
        let handle = try FileHandle(forWritingTo: place)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data((text + "\n").utf8))
        try handle.close()
        onLine()
    }
}
struct BuildFailure: Error {
    var reason: String
    var logTail: [String]
}
struct RevisionBuilder: Sendable {
    var blobs: BlobStore
    var folder: URL
    var logger: Logger
    func build(
        _ key: RevisionKey,
        source: SourceSpec,
        mirror: GitMirror,
        task: String,
        log: BuildLog,
        progress: @Sendable (BuildState) async throws -> Void
    ) async throws -> BuiltRevision {
        try log.line("reading \(key.name)")
        var files: [Manifest.File] = []
        for entry in try mirror.tree(of: key.commit.text) {
            let data = try mirror.readBlob(entry.oid) { Data($0) }
            files.append(
                .init(
                    path: entry.path,
                    mode: .init(rawValue: entry.mode.rawValue) ?? .regular,
                    size: data.count,
                    sha256: try blobs.store(data)
                )
            )
        }
        guard let text = try mirror.blob(at: source.flow, in: key.commit.text, limit: 1 << 20) else {
            throw BuildFailure(reason: "there is no \(source.flow)", logTail: [])
        }
        let parsed = Flow.parse(yaml: String(decoding: text, as: UTF8.self), file: source.flow)
        guard let flow = parsed.flow else {
            for d in parsed.diagnostics { try log.line(d.description) }
            throw BuildFailure(
                reason: "the flow has \(parsed.diagnostics.count) mistakes",
                logTail: parsed.diagnostics.map(\.description)
            )
        }
        try await progress(.packing)
        for step in flow.build + flow.test {
            try log.line("step \(step.name)")
            guard case .shell(let text) = step.run else { continue }
            if text.hasPrefix("sleep") { try await Task.sleep(for: .seconds(Double(text.dropFirst(6)) ?? 1)) }
            if text.hasPrefix("false") {
                throw BuildFailure(reason: "step \(step.name) ended with 1", logTail: ["it is wrong"])
            }
        }
        let manifest = Manifest(commit: key.commit, flow: source.flow, files: files)
        let (data, digest) = try manifest.encoded()
        try blobs.store(data)
        try log.line("packed")
        return BuiltRevision(
            release: Release(
                number: key.number,
                name: key.name,
                commit: key.commit,
                digest: digest,
                policy: Policy(flow)
            ),
            files: files.count,
            bytes: manifest.bytes
        )
    }
}
