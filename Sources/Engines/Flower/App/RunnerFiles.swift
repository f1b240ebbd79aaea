import Foundation

/// The Python side of the engine, which is embedded in the binary, as files that an interpreter can run.
enum RunnerFiles {
    static let start = "fedops_flower_start.py"
    static let server = "fedops_flower_server.py"
    static let client = "fedops_flower_client.py"

    private static let files: [(name: String, content: [UInt8])] = [
        ("fedops_flower.py", PackageResources.fedops_flower_py),
        (client, PackageResources.fedops_flower_client_py),
        (server, PackageResources.fedops_flower_server_py),
        (start, PackageResources.fedops_flower_start_py),
    ]

    static func write(to folder: URL) throws {
        for file in files { try Data(file.content).write(to: folder.appending(path: file.name)) }
    }
}
