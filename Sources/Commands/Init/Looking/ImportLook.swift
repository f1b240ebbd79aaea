import Core
import Foundation

/// Imports the likeliest functions on trial, and says what they turn out to be.
struct ImportLook {
    struct Found: Decodable, Equatable {
        struct Made: Decodable, Equatable {
            var type: String
            var isModel: Bool
            var keys: [String]?
            var elements: [String]?
        }

        var error: String?
        /// The package that the environment lacks.
        var missing: String?
        var isCallable: Bool?
        var made: Made?
        var callError: String?
    }

    private struct Request: Encodable {
        struct Function: Encodable {
            var entry: String
            var arguments: [String: JSONValue]?
        }

        var folder: String
        var path: [String]
        var functions: [Function]
    }

    static let limit = Duration.seconds(60)

    let folder: URL
    let sources: [String]
    /// A path, or a name to be found in `PATH`.
    let python: String

    struct Result {
        var found: [String: Found]
        /// How it was done, for people.
        var how: String
    }

    /// - Parameter functions: Entry points, and arguments for those that are called too.
    func look(at functions: [(entry: EntryPoint, arguments: [String: JSONValue]?)]) async throws -> Result {
        let places = try await prefixes()
        let request = Request(
            folder: folder.path,
            path: sources.map { folder.appending(path: $0).path } + [folder.path],
            functions: functions.map { .init(entry: $0.entry.description, arguments: $0.arguments) }
        )
        let json = String(decoding: try JSONEncoder().encode(request), as: UTF8.self)
        return try await LookFiles.with { files in
            let sandbox = await Sandbox.make(readable: places + [folder.path, files.path])
            let output = try await sandbox.run(
                places[0],
                ["-s", "-B", files.appending(path: "look_import.py").path, json],
                within: Self.limit
            )
            guard let found = try? JSONDecoder().decode([String: Found].self, from: Data(output.out.utf8)) else {
                throw CommandFailure("the import ended with \(output.status): \(output.error.suffix(400))")
            }
            return Result(found: found, how: sandbox.description)
        }
    }

    /// The interpreter itself, and the folders that its library and packages are in.
    private func prefixes() async throws -> [String] {
        let script = "import sys; print(sys.executable, sys.prefix, sys.base_prefix, *sys.path[1:], sep='\\n')"
        let output = try await ProjectLook.run(python, ["-s", "-c", script], within: .seconds(20), limit: 1 << 16)
        let lines = output.out.split(separator: "\n").map(String.init)
        guard output.isSuccess, lines.count >= 3 else {
            throw CommandFailure("\(python) is no Python that works: \(output.error.suffix(400))", .usage)
        }
        return lines
    }

    /// The environment that is active, or else the project's own, as `fedops try` takes them; else what reads it.
    static func python(of folder: URL, or other: String) -> String {
        let active = ProcessInfo.processInfo.environment["VIRTUAL_ENV"].map { ["\($0)/bin/python"] } ?? []
        let own = active + [".venv", "venv", "env"].map { folder.appending(path: "\($0)/bin/python").path }
        return own.first { FileManager.default.isExecutableFile(atPath: $0) } ?? other
    }
}
