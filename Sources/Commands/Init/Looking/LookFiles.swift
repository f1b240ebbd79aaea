import Foundation

/// The Python that reads a project, which is embedded in the binary, as files that an interpreter can run.
enum LookFiles {
    private static let files: [(name: String, content: [UInt8])] = [
        ("__main__.py", PackageResources.__main___py),
        ("look_functions.py", PackageResources.look_functions_py),
        ("look_import.py", PackageResources.look_import_py),
        ("look_modules.py", PackageResources.look_modules_py),
        ("look_names.py", PackageResources.look_names_py),
        ("look_walk.py", PackageResources.look_walk_py),
    ]

    /// Gives `body` a folder of this user's alone that has them, and removes it afterwards.
    static func with<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "fedops-look-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        defer { try? FileManager.default.removeItem(at: folder) }
        for file in files { try Data(file.content).write(to: folder.appending(path: file.name)) }
        return try await body(folder)
    }
}
