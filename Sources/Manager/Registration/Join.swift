import API
import ControllerClient
package import Core
package import Foundation

/// Makes this machine a node of a controller, once, with a one-time token.
package struct Join: Sendable {
    package var controller: String
    package var token: String
    /// The machine's own name, made fit, where it is nil.
    package var name: String?
    package var labels: [String: String]
    package var role: NodeRole?
    package var dataFolder: URL
    /// Replaces an earlier registration, whose secret is lost with that.
    package var force: Bool

    package init(
        controller: String,
        token: String,
        name: String? = nil,
        labels: [String: String] = [:],
        role: NodeRole? = nil,
        dataFolder: URL,
        force: Bool = false
    ) {
        self.controller = controller
        self.token = token
        self.name = name
        self.labels = labels
        self.role = role
        self.dataFolder = dataFolder
        self.force = force
    }

    /// Shows the token and writes the registration. Nothing is spent or written where something is wrong on this side.
    package func run(now: Instant = Instant(Date())) async throws -> Registration {
        let name = self.name ?? Self.machineName
        guard Names.isValid(name) else {
            throw ManagerError("\"\(name)\" can't name a node: allowed are \(Names.rule); give another with --name")
        }
        for (label, value) in labels.sorted(by: { $0.key < $1.key }) {
            guard Label.isName(label) else { throw ManagerError("\"\(label)\" is not \(Label.nameRule)") }
            guard Label.isValue(value) else { throw ManagerError("\(label): \"\(value)\" is not \(Label.valueRule)") }
        }
        let folder = try DataFolder(dataFolder)
        if !force, Registration.exists(in: dataFolder) {
            let known = try? Registration(readingFrom: dataFolder)
            let whose = known.map { "node \($0.node) of \($0.controller)" } ?? "another node"
            throw ManagerError(
                "\(dataFolder.path) already is the data folder of \(whose): give another one, or --force to replace it"
            )
        }
        let client = try ControllerClient(url: controller, token: nil)
        let answer = try await client.join(JoinRequest(token: token, name: name, labels: labels, role: role))
        let registration = Registration(
            controller: controller,
            node: answer.node,
            role: answer.role,
            labels: answer.labels,
            secret: answer.secret,
            joined: now
        )
        try registration.write(to: folder.root)
        return registration
    }

    /// The token in a file, as `--token-file` gives it.
    package static func token(inFile path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path), data.count <= 4096 else {
            throw ManagerError("the token's file \(path) can't be read, or is no token's file")
        }
        let token = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty else { throw ManagerError("the token's file \(path) is empty") }
        return token
    }

    /// The host's name up to its first dot, with what a node's name can't have replaced by `-`.
    package static var machineName: String {
        let host = ProcessInfo.processInfo.hostName.lowercased().split(separator: ".").first.map(String.init) ?? ""
        let fit = String(host.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
        return String(fit.trimmingCharacters(in: CharacterSet(charactersIn: "-")).prefix(63))
    }
}
