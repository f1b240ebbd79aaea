package import Foundation

/// A virtual environment of Python with packages from PyPI, made once and kept below `.build`.
package struct PythonEnvironment: Sendable {
    package let python: URL

    /// NumPy, with bfloat16 from ml_dtypes, and the reference implementation of safetensors.
    package static func numpy() async throws -> PythonEnvironment { try await numpyEnvironment.value }

    /// Flower in the version that the engine speaks, with NumPy and safetensors.
    package static func flower() async throws -> PythonEnvironment { try await flowerEnvironment.value }

    /// The libraries of experiment trackers; SQLAlchemy and Alembic are for MLflow's database.
    package static func trackers() async throws -> PythonEnvironment { try await trackersEnvironment.value }

    /// - Parameter packages: As pip takes them. Name exact versions: the environment isn't made again when new ones
    ///   come out.
    package init(named name: String, packages: [String]) async throws {
        let folder = Self.root.appending(path: "\(name)-\(packages.joined(separator: "-"))")
        python = folder.appending(path: "bin/python")
        guard !FileManager.default.fileExists(atPath: folder.path) else { return }
        // Another test run may be making the same: each makes its own, and the first to be ready is kept.
        let attempt = Self.root.appending(path: "partial-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: Self.root, withIntermediateDirectories: true)
        do {
            try await requireProcess("python3", ["-m", "venv", attempt.path])
            try await requireProcess(
                attempt.appending(path: "bin/python").path,
                ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"] + packages,
                timeout: .seconds(600)
            )
            try FileManager.default.moveItem(at: attempt, to: folder)
        } catch {
            try? FileManager.default.removeItem(at: attempt)
            guard FileManager.default.fileExists(atPath: folder.path) else { throw error }
        }
    }

    /// Runs a script that must succeed and gives what it printed, without the last line's end.
    @discardableResult
    package func run(
        _ script: String,
        _ arguments: [String] = [],
        timeout: Duration = .seconds(120)
    ) async throws -> String {
        try await requireProcess(python.path, ["-c", script] + arguments, timeout: timeout)
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../.build/test-python").standardizedFileURL
}

/// One for all tests of the process, which start at once.
private let numpyEnvironment = Task {
    try await PythonEnvironment(named: "numpy", packages: ["numpy==2.4.6", "ml_dtypes==0.6.0", "safetensors==0.8.0"])
}

private let flowerEnvironment = Task {
    try await PythonEnvironment(named: "flower", packages: ["flwr==1.41.0", "numpy==2.4.6", "safetensors==0.8.0"])
}

private let trackersEnvironment = Task {
    try await PythonEnvironment(
        named: "trackers",
        packages: [
            "mlflow-skinny==3.17.2", "sqlalchemy==2.1.9", "alembic==1.20.1", "wandb==0.31.0", "tensorboard==2.21.0",
        ]
    )
}
