package import API
package import Core
package import Foundation

extension ControllerClient {
    package func listNodes() async throws -> [NodeView] { try await list(Route.listNodes.path) }

    package func showNode(_ node: String) async throws -> NodeView {
        try await exchange(.get, Route.showNode.path(node))
    }

    package func removeNode(_ node: String) async throws { try await bytes(.delete, Route.removeNode.path(node)) }

    package func drainNode(_ node: String) async throws -> NodeView {
        try await exchange(.post, Route.drainNode.path(node))
    }

    package func resumeNode(_ node: String) async throws -> NodeView {
        try await exchange(.post, Route.resumeNode.path(node))
    }

    // MARK: - What managers call

    package func join(_ request: JoinRequest) async throws -> JoinAnswer {
        try await exchange(.post, Route.join.path, body: request.json())
    }

    /// Says what the node does, and learns what it should do.
    package func report(_ report: NodeReport) async throws -> DesiredDocument {
        try await exchange(.put, Route.report.path(report.node), body: report.json(), limit: .seconds(15))
    }

    /// What the node should do, now and whenever it changes.
    package func watch(node: String) -> EventStream<DesiredDocument> {
        stream(Route.watch.path(node), event: "desired")
    }

    package func sendLogs(node: String, _ batch: LogBatch) async throws {
        try await bytes(.post, Route.sendLogs.path(node), body: batch.json(), limit: .seconds(30))
    }

    package func sendResult(node: String, task: String, _ result: RoundResult) async throws -> ResultAnswer {
        try await exchange(.post, Route.sendResult.path(node, task), body: result.json(), limit: .seconds(30))
    }

    /// The bytes of an artifact's manifest; to be held against `digest`.
    package func artifact(_ digest: ContentDigest) async throws -> Data {
        try await bytes(.get, Route.artifact.path(digest.description), limit: .seconds(120))
    }
}
