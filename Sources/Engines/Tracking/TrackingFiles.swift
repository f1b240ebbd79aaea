import Foundation

/// The Python side of trackers, which is embedded in the binary, as files that an interpreter can run.
enum TrackingFiles {
    static let start = "fedops_tracking.py"

    private static let files: [(name: String, content: [UInt8])] = [
        (start, PackageResources.fedops_tracking_py),
        ("fedops_tracking_mlflow.py", PackageResources.fedops_tracking_mlflow_py),
        ("fedops_tracking_tensorboard.py", PackageResources.fedops_tracking_tensorboard_py),
        ("fedops_tracking_wandb.py", PackageResources.fedops_tracking_wandb_py),
        ("fedops_tracking_wandb_file.py", PackageResources.fedops_tracking_wandb_file_py),
    ]

    static func write(to folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for file in files { try Data(file.content).write(to: folder.appending(path: file.name)) }
    }
}
