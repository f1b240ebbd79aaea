package import Foundation

/// Where the operator's token comes from.
struct TokenSource {
    let option: String?
    let environment: [String: String]
    var defaultFile = DataFolders.controller.appending(path: "operator.token")

    init(option: String?, environment: [String: String]) {
        self.option = option
        self.environment = environment
    }

    /// Nil where none was given and this machine has no controller's.
    func token() throws -> String? {
        if let option { return try read(option, givenBy: "--token-file") }
        if let token = environment["FEDOPS_TOKEN"], !token.isEmpty { return token }
        if let file = environment["FEDOPS_TOKEN_FILE"], !file.isEmpty {
            return try read(file, givenBy: "FEDOPS_TOKEN_FILE")
        }
        return try? text(of: defaultFile.path)
    }

    private func read(_ path: String, givenBy source: String) throws -> String {
        let token: String
        do {
            token = try text(of: path)
        } catch {
            throw CommandFailure(
                "the token's file \(path), given by \(source), can't be read: \(error.localizedDescription)",
                .usage
            )
        }
        guard !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw CommandFailure("the file \(path), given by \(source), holds no token: one word is expected", .usage)
        }
        return token
    }

    private func text(of path: String) throws -> String {
        let data = try Data(contentsOf: URL(filePath: path))
        return String(decoding: data.prefix(4096), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// Where a controller and a manager keep their data unless told otherwise: under `/var/lib` for root, else in the
/// user's own data folder.
package enum DataFolders {
    package static var controller: URL { base.appending(path: "controller") }
    package static var manager: URL { base.appending(path: "manager") }

    private static var base: URL {
        if geteuid() == 0 { return URL(filePath: "/var/lib/fedops") }
        if let folder = ProcessInfo.processInfo.environment["XDG_DATA_HOME"], folder.hasPrefix("/") {
            return URL(filePath: folder).appending(path: "fedops")
        }
        return FileManager.default.homeDirectoryForCurrentUser.appending(path: ".local/share/fedops")
    }
}
