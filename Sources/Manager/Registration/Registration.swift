import Artifacts
package import Core
package import Foundation

/// What a node knows of itself and of its controller since it joined: `<data>/node.json`, readable for its user only.
package struct Registration: Codable, Sendable, Equatable {
    package var controller: String
    package var node: String
    package var role: NodeRole
    package var labels: [String: String]
    /// What the node proves itself with.
    package var secret: String
    package var joined: Instant

    static func place(in dataFolder: URL) -> URL { dataFolder.appending(path: "node.json") }

    package static func exists(in dataFolder: URL) -> Bool {
        FileManager.default.fileExists(atPath: place(in: dataFolder).path)
    }

    /// Throws ``ManagerError`` where the node hasn't joined, or its file is damaged.
    package init(readingFrom dataFolder: URL) throws {
        let place = Self.place(in: dataFolder)
        guard let data = FileManager.default.contents(atPath: place.path) else {
            throw ManagerError(
                Self.exists(in: dataFolder)
                    ? "\(place.path) can't be read: run the manager as the user who owns it"
                    : "this node hasn't joined: \(place.path) is not there; run \"fedops manager join\" first"
            )
        }
        do {
            self = try JSONDecoder().decode(Registration.self, from: data)
        } catch {
            throw ManagerError("\(place.path) is damaged (\(error)): remove it and join again with a new token")
        }
    }

    init(controller: String, node: String, role: NodeRole, labels: [String: String], secret: String, joined: Instant) {
        self.controller = controller
        self.node = node
        self.role = role
        self.labels = labels
        self.secret = secret
        self.joined = joined
    }

    func write(to dataFolder: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try Durable.write(encoder.encode(self), to: Self.place(in: dataFolder), mode: 0o600)
    }
}
