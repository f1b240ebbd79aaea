import Artifacts
import Core
import Foundation
import Synchronization
import TestSupport

/// A revision whose rounds go over Flower, with the wheels that the controller's build would add.
struct FlowerRevision {
    let revision: TestRevision
    let wheels: FlowerWheels

    /// The model is one number, to which training adds 1.
    init() async throws {
        wheels = try await FlowerWheels.shared.value
        let flow = """
            task: digits
            engine: flower
            stages:
              data: digits:load
              model: digits:make
              train: digits:fit
              evaluate: digits:score
            """
        let module = """
            import numpy as np

            def load():
                return [1.0, 2.0]

            def make():
                return {"w": np.zeros(1)}

            def fit(model, data):
                model["w"] += 1
                return {"loss": 0.5}

            def score(model, data):
                return {"w": float(model["w"][0])}
            """
        let files = ["fedops.yaml": flow, "digits.py": module]
        revision = try TestRevision(1, files: files, environment: wheels.digest)
    }

    func publish(on controller: ScriptedController) throws {
        revision.publish(on: controller)
        try wheels.publish(on: controller)
    }
}

/// Flower's wheels and the environment of them, made once and kept below `.build`.
struct FlowerWheels: Sendable {
    let digest: ContentDigest
    private let manifest: WheelManifest
    private let blobs: BlobStore
    private let environment: URL

    static let shared = Task { try await FlowerWheels() }

    private init() async throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../.build/test-flower").standardizedFileURL
        let scratch = folder.appending(path: "scratch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let requirements = scratch.appending(path: "requirements.txt")
        try Data("flwr==1.41.0\nnumpy==2.4.6\nsafetensors==0.8.0\n".utf8).write(to: requirements)
        blobs = try BlobStore(root: folder.appending(path: "blobs"))
        (manifest, digest) = try await Wheelhouse(blobs: blobs, folder: folder.appending(path: "wheelhouse")).build(
            requirements: requirements,
            python: nil,
            scratch: scratch,
            log: { _ in },
            timeout: .seconds(600)
        )
        environment = folder.appending(path: "envs/\(digest.hex)")
        _ = try await VirtualEnvironment.prepare(
            manifest,
            blobs: blobs,
            folder: environment,
            log: { _ in },
            timeout: .seconds(600)
        )
    }

    func publish(on controller: ScriptedController) throws {
        let contents = try ([digest] + manifest.blobs.keys).map { ($0.description, try blobs.data($0)) }
        controller.state.withLock { state in
            for (name, data) in contents { state.blobs[name] = data }
        }
    }

    /// Spares the node the making of its own environment of the same wheels.
    func lend(to node: String, in fixture: Fixture) throws {
        let place = try fixture.makeFolder("\(node)/envs").appending(path: digest.hex)
        try FileManager.default.createSymbolicLink(at: place, withDestinationURL: environment)
    }
}
