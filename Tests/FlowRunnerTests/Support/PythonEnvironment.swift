import Foundation
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A virtual environment that tests share, made once below the package's `.build` folder.
struct PythonEnvironment: Sendable {
    let name: String
    /// Lists of packages for pip; the first that the index has is taken.
    let choices: [[String]]
    /// Environments whose packages this one has too.
    var bases: [PythonEnvironment] = []

    /// NumPy and scikit-learn, about 300 MB.
    static let sklearn = PythonEnvironment(name: "sklearn", choices: [["numpy>=1.26,<3", "scikit-learn>=1.4,<2"]])

    /// PyTorch and what is built on it: for the CPU alone, about 1.3 GB, where pip is configured to find that build.
    static let torch = PythonEnvironment(
        name: "torch-family",
        choices: ["torch==2.13.0+cpu", "torch>=2.2,<3"].map { torch in
            [
                "numpy>=1.26,<3", "scikit-learn>=1.4,<2", torch, "lightning>=2.5,<3", "transformers>=4.50,<6",
                "peft>=0.15,<1",
            ]
        }
    )

    /// What FedOps Silo projects ask for.
    static let silo = PythonEnvironment(name: "silo", choices: [["hydra-core>=1.3,<2"]], bases: [torch])

    /// scikit-learn and experiment trackers; SQLAlchemy and Alembic are for MLflow's database.
    static let tracked = PythonEnvironment(
        name: "tracked",
        choices: [
            [
                "tensorboard>=2.18,<3", "wandb>=0.19,<1", "mlflow-skinny>=3,<4", "sqlalchemy>=2,<3", "alembic>=1.14,<2",
            ]
        ],
        bases: [sklearn]
    )

    /// Flower, Keras, JAX with Flax, and XGBoost, about 1.1 GB.
    static let frameworks = PythonEnvironment(
        name: "frameworks",
        choices: [
            [
                "numpy>=1.26,<3", "scikit-learn>=1.4,<2", "flwr==1.41.0", "keras>=3.5,<4", "jax>=0.4.30", "flax>=0.10",
                "optax>=0.2", "xgboost-cpu>=3,<4",
            ]
        ]
    )

    private var folder: URL {
        Self.package.appending(path: ".build/test-python/\(name)", directoryHint: .isDirectory)
    }

    /// Its interpreter.
    func python() async throws -> URL {
        for base in bases { _ = try await base.python() }
        let python = folder.appending(path: "bin/python")
        let complete = folder.appending(path: "complete")
        if FileManager.default.fileExists(atPath: complete.path) { return python }
        return try await Self.locked(folder.appendingPathExtension("lock")) {
            if FileManager.default.fileExists(atPath: complete.path) { return python }
            try await requireProcess("python3", ["-m", "venv", "--clear", folder.path])
            var last = ""
            for packages in choices {
                let output = try await runProcess(
                    python.path,
                    ["-m", "pip", "install", "-q", "--disable-pip-version-check"] + packages,
                    timeout: .seconds(1200)
                )
                if output.status == 0 {
                    try await link(python)
                    try Data().write(to: complete)
                    return python
                }
                last = output.stderr
            }
            throw EnvironmentUnavailable(description: "pip could not install \(choices): \(last)")
        }
    }

    /// Puts the packages of the bases behind its own.
    private func link(_ python: URL) async throws {
        guard !bases.isEmpty else { return }
        let code = "import sysconfig; print(sysconfig.get_path('purelib'))"
        var paths: [String] = []
        for base in bases { paths.append(try await requireProcess(base.python().path, ["-c", code])) }
        let own = try await requireProcess(python.path, ["-c", code]).trimmingCharacters(in: .whitespacesAndNewlines)
        try Data(paths.joined().utf8).write(to: URL(filePath: own).appending(path: "bases.pth"))
    }

    static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// One process, and one task of it, at a time.
    private static func locked(_ file: URL, _ body: () async throws -> URL) async throws -> URL {
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        let descriptor = open(file.path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw EnvironmentUnavailable(description: "\(file.path) is locked away") }
        defer { close(descriptor) }
        try await eventually("the environment \(file.lastPathComponent) is free", within: .seconds(1200)) {
            flock(descriptor, LOCK_EX | LOCK_NB) == 0
        }
        return try await body()
    }
}

struct EnvironmentUnavailable: Error, CustomStringConvertible {
    let description: String
}
