import Artifacts
import Core
import Foundation

/// The one app bundle (FAB) that every run of every task has. Its bytes are the same everywhere, and so is its hash.
///
/// Flower wants a bundle for each run and hands it to each node. This one holds no more than its name: the stages run in
/// the managers' workers, and no manager runs anything that a bundle brings.
enum RunnerApp {
    /// The version of Flower that the engine speaks.
    static let flower = "1.41.0"

    static let content: Data = {
        var zip = StoredZip()
        for (name, text) in files { zip.add(name, Data(text.utf8)) }
        let listed = files.map { name, text in
            let content = Data(text.utf8)
            return "\(name),\(ContentDigest(of: content).hex),\(content.count * 8)"
        }
        zip.add(".info/CONTENT", Data((listed.joined(separator: "\n") + "\n").utf8))
        return zip.data
    }()

    /// SHA-256 of the bundle in hexadecimal, as Flower computes it.
    static let hash = ContentDigest(of: content).hex

    private static let files = [
        (
            "LICENSE",
            "Part of FedOps, under its license.\n"
        ),
        (
            "fedops_runner.py",
            """
            \"""The stages of a FedOps task run in the managers' workers: this bundle has nothing to run.\"""

            raise ImportError("run this task with its FedOps managers")

            """
        ),
        (
            "pyproject.toml",
            """
            [project]
            name = "fedops-runner"
            version = "1.0.0"
            description = "Runs the stages of a FedOps task in its managers' workers"
            license = { file = "LICENSE" }
            dependencies = ["flwr>=1.41,<1.42"]

            [tool.flwr.app]
            publisher = "fedops"
            fab-format-version = 1
            flwr-version-target = "\(flower)"

            [tool.flwr.app.components]
            serverapp = "fedops_runner:server"
            clientapp = "fedops_runner:client"

            """
        ),
    ]
}
