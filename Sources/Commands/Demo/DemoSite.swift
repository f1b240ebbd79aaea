import API
package import ControllerClient
package import Core
package import Foundation

/// A controller and its nodes on this machine: where each keeps its files, and how each is started.
package struct DemoSite: Sendable {
    package struct Node: Sendable {
        package var name: String
        package var role: NodeRole
        package var labels: [String: String]
    }

    let fleet: LocalFleet
    let folder: URL
    /// Where the controller listens; port 0 takes any that is free, and another one after a restart.
    let listen: String

    package init(fleet: LocalFleet, folder: URL, listen: String = "127.0.0.1:0") {
        self.fleet = fleet
        self.folder = folder
        self.listen = listen
    }

    /// The server node, and the three sites among which the example divides its data.
    package static let nodes =
        [Node(name: "aggregator", role: .server, labels: [:])]
        + ["north", "east", "south"].map { Node(name: $0, role: .client, labels: ["site": $0]) }

    /// What the controller says of itself once it listens; the last line counts, after a restart.
    package func url() throws -> String {
        let log = try String(contentsOf: fleet.log(of: "controller"), encoding: .utf8)
        guard let match = log.matches(of: /listening on (http\S+)/).last else {
            throw FleetError("the controller doesn't listen yet")
        }
        return String(match.output.1)
    }

    package func startController() async throws -> ControllerClient {
        let data = folder.appending(path: "controller")
        try await fleet.start(
            "controller",
            [
                "controller", "run", "--data", data.path, "--listen", listen, "--allow-file-remotes",
                "--lease", "10s", "--heartbeat", "3s",
            ]
        )
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            if let end = fleet.end(of: "controller") {
                let log = (try? String(contentsOf: fleet.log(of: "controller"), encoding: .utf8)) ?? ""
                throw FleetError("the controller ended at once (\(end)):\n\(log.suffix(2000))")
            }
            if let url = try? url(),
                let token = try? String(contentsOf: data.appending(path: "operator.token"), encoding: .utf8)
            {
                let client = try ControllerClient(
                    url: url,
                    token: token.trimmingCharacters(in: .whitespacesAndNewlines)
                )
                if (try? await client.health()) != nil { return client }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw FleetError("the controller doesn't answer; its log is \(fleet.log(of: "controller").path)")
    }

    /// Joins the node with a token of its own, and starts its manager.
    ///
    /// - Parameter address: The URL at which the node reaches the controller; the controller's own where absent.
    package func start(_ node: Node, _ client: ControllerClient, through address: String? = nil) async throws {
        let token = try await client.createToken(
            TokenRequest(role: node.role, labels: node.labels, ttl: 600, node: node.name)
        )
        guard let secret = token.token else { throw FleetError("the controller gave no token for \(node.name)") }
        let data = folder.appending(path: node.name)
        let file = folder.appending(path: "\(node.name).token")
        try Data(secret.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try await join(node, data, tokenFile: file, at: address ?? url())
        try await fleet.start(node.name, ["manager", "run", "--data", data.path])
    }

    private func join(_ node: Node, _ data: URL, tokenFile: URL, at address: String) async throws {
        let name = "\(node.name)-join"
        try await fleet.start(
            name,
            [
                "manager", "join", address, "--token-file", tokenFile.path, "--name", node.name,
                "--data", data.path,
            ]
        )
        let deadline = ContinuousClock.now + .seconds(30)
        while fleet.end(of: name) == nil, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(20))
        }
        guard fleet.end(of: name)?.hasPrefix("exited(0)") == true else {
            let log = (try? String(contentsOf: fleet.log(of: name), encoding: .utf8)) ?? ""
            throw FleetError(
                "node \(node.name) could not join (\(fleet.end(of: name) ?? "no end")): \(log.suffix(2000))"
            )
        }
    }
}
