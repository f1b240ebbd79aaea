import Foundation
import TestSupport

/// What the rounds carry, and the one implementation of it that all contenders call.
enum Workload: String, CaseIterable, Sendable {
    /// One number, to which training adds 1.
    case noop
    /// Softmax regression on 1,797 images of 8 × 8 in ten classes: as many as scikit-learn's digits, drawn from a seed.
    case digits
    /// Matrices of 1000 × 1000 F32, to which training adds 1.
    case small = "20MB"
    case large = "100MB"

    var title: String {
        switch self {
        case .noop: "no-op"
        case .digits: "digits"
        case .small: "20 MB"
        case .large: "100 MB"
        }
    }

    /// A task's name.
    var name: String { rawValue.lowercased() }
}

/// The files of the app: as a project of ours, and as one of Flower's.
struct BenchmarkApp: Sendable {
    static let flower = "flwr==1.41.0"
    static let packages = [flower, "numpy==2.4.6", "safetensors==0.8.0"]

    let workload: Workload

    private var code: String {
        text(PackageResources.workload_py).replacing("CASE = \"noop\"", with: "CASE = \"\(workload.rawValue)\"")
    }

    /// - Parameter engine: `embedded` or `flower`. Both have the same requirements, so that they share an environment.
    func project(task: String, engine: String) -> [String: String] {
        let flow = """
            task: \(task)
            engine: \(engine)
            runtime: {kind: python, requirements: requirements.txt}
            stages:
              data: workload:load
              model: workload:make
              train: {call: workload:fit, examples: $data.x}
              evaluate: {call: workload:score, examples: $data.x}
            rounds: {evaluate: server, deadline: 10m}
            participants:
              clients: {minimum: 3}
            rollout: {waves: [100%], hold: 0s}

            """
        return [
            "fedops.yaml": flow, "workload.py": code, "requirements.txt": Self.packages.joined(separator: "\n") + "\n",
        ]
    }

    /// Lays it out as an app of Flower's.
    func writeFlowerApp(to folder: String, in fixture: Fixture) throws {
        let project = """
            [project]
            name = "bench"
            version = "1.0.0"
            description = "The benchmark's app"
            license = "Apache-2.0"
            dependencies = ["\(Self.flower)", "numpy"]
            [tool.flwr.app]
            publisher = "fedops"
            [tool.flwr.app.components]
            serverapp = "bench.server_app:app"
            clientapp = "bench.client_app:app"
            [tool.flwr.app.config]
            rounds = 3
            times = ""

            """
        try fixture.write(project, to: "\(folder)/pyproject.toml")
        try fixture.write("", to: "\(folder)/bench/__init__.py")
        try fixture.write(code, to: "\(folder)/bench/workload.py")
        try fixture.write(text(PackageResources.client_app_py), to: "\(folder)/bench/client_app.py")
        try fixture.write(text(PackageResources.server_app_py), to: "\(folder)/bench/server_app.py")
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
