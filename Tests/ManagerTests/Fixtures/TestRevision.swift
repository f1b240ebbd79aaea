import API
import Artifacts
import Core
import Foundation
import Synchronization

/// A revision as the controller's build would make it, from texts.
struct TestRevision {
    let manifest: Manifest
    let assignment: Assignment
    private let encoded: Data
    private let blobs: [ContentDigest: Data]

    /// - Parameters:
    ///   - number: Tells its commit from others'.
    ///   - pretending: Bytes that one more file says that it has.
    ///   - environment: Of the manifest of wheels.
    init(
        _ number: Int,
        files: [String: String],
        attempt: Int = 1,
        pretending: Int? = nil,
        environment: ContentDigest? = nil
    ) throws {
        let text = String(number, radix: 16)
        let hash = String(repeating: "0", count: 40 - text.count) + text
        guard let commit = CommitHash(hash) else { throw WaitFailed(description: "bad fixture") }
        var blobs: [ContentDigest: Data] = [:]
        var entries = files.map { path, content in
            let data = Data(content.utf8)
            let digest = ContentDigest(of: data)
            blobs[digest] = data
            let isProgram = path.hasPrefix("bin/")
            return Manifest.File(
                path: path,
                mode: isProgram ? .executable : .regular,
                size: data.count,
                sha256: digest
            )
        }
        if let pretending {
            let digest = ContentDigest(of: Data("nothing has this content".utf8))
            entries.append(.init(path: "huge", mode: .regular, size: pretending, sha256: digest))
        }
        manifest = Manifest(commit: commit, flow: "fedops.yaml", files: entries)
        let (data, digest) = try manifest.encoded()
        encoded = data
        self.blobs = blobs
        assignment = Assignment(
            commit: commit,
            digest: digest,
            environment: environment,
            name: "v\(number)",
            attempt: attempt
        )
    }

    /// Makes it fetchable.
    func publish(on controller: ScriptedController) {
        controller.state.withLock { state in
            state.blobs[assignment.digest.description] = encoded
            for (digest, data) in blobs { state.blobs[digest.description] = data }
        }
    }

    func digest(of path: String) -> ContentDigest? { manifest.files.first { $0.path == path }?.sha256 }

    var desired: DesiredTask { DesiredTask(task: "digits", assignment: assignment) }

    /// Stages that are commands, and a check that the revision's own file decides.
    static func commands(
        _ number: Int,
        check: String = "exit 0",
        more: [String: String] = [:],
        pretending: Int? = nil
    ) throws -> TestRevision {
        let flow = """
            task: digits
            runtime: command
            stages:
              data: {command: [bin/stage]}
              model: {command: [bin/stage]}
              train: {command: [bin/stage]}
              evaluate: {command: [bin/stage]}
            check: sh bin/check
            """
        let files = [
            "fedops.yaml": flow,
            "bin/stage": "#!/bin/sh\nexit 0\n",
            "bin/check": "#!/bin/sh\necho checking revision \(number)\n\(check)\n",
            "number.txt": "\(number)\n",
        ]
        return try TestRevision(number, files: files.merging(more) { $1 }, pretending: pretending)
    }

    /// Stages that are functions of plain Python, with what the module does when it is imported.
    static func python(_ number: Int, importing code: String = "") throws -> TestRevision {
        let flow = """
            task: digits
            stages:
              data: digits:load
              model: digits:make
              train: digits:fit
              evaluate: digits:score
            """
        let module = """
            import time
            \(code)

            def load():
                return [1.0, 2.0]

            def make():
                return [[0.0]]

            def fit(model, data, epochs):
                print("training on", len(data), "examples")
                return model

            def score(model, data):
                return {"loss": 0.5}
            """
        return try TestRevision(number, files: ["fedops.yaml": flow, "digits.py": module])
    }
}
