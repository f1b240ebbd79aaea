import Foundation
import Subprocess

/// What the stages find in their environment.
///
/// Only names that programs need to run are taken from the manager's own environment, so that its secrets stay its own.
/// A site hands in more through ``WorkerConfiguration/environment``.
enum WorkerEnvironment {
    private static let inherited: Set<String> = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH",
        "SSL_CERT_FILE", "SSL_CERT_DIR", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS",
    ]
    private static let inheritedPrefixes = ["LC_", "CUDA_", "NVIDIA_", "ROCR_", "HIP_"]

    static func values(_ configuration: WorkerConfiguration) -> [String: String] {
        var values = ProcessInfo.processInfo.environment.filter { name, _ in
            inherited.contains(name) || inheritedPrefixes.contains { name.hasPrefix($0) }
        }
        if let python = configuration.python {
            let programs = python.deletingLastPathComponent().path
            values["PATH"] = [programs, values["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"].joined(separator: ":")
            values["VIRTUAL_ENV"] = python.deletingLastPathComponent().deletingLastPathComponent().path
            values["PYTHONUNBUFFERED"] = "1"
            values["PYTHONDONTWRITEBYTECODE"] = "1"
        }
        values["FEDOPS_TASK"] = configuration.task
        values["FEDOPS_NODE"] = configuration.node
        return values.merging(configuration.environment) { $1 }
    }

    static func keyed(_ values: [String: String]) -> [Environment.Key: String] {
        Dictionary(
            values.compactMap { name, value in Environment.Key(rawValue: name).map { ($0, value) } },
            uniquingKeysWith: { $1 }
        )
    }
}
