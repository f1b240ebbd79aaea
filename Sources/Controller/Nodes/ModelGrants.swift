import API
import Artifacts
import Core
import Store

/// Leave to fetch a global model straight from the server node that holds it.
struct ModelGrants: Sendable {
    var site: ControllerSite
    var nodes: NodeRegistry
    var documents: DesiredDocuments

    /// Seconds for which a grant holds; long enough for the start of a download, which may then take its time.
    private static let lifetime = 300.0

    func grant(_ model: ModelRecord) throws -> ModelGrant {
        let (task, version) = (model.task, model.version)
        guard let url = nodes.facts(model.node).engineURL else {
            throw Problem(
                status: 503,
                title: "node \(model.node), which holds model \(version) of task \(task), hasn't reported",
                detail: "fedops node show \(model.node) says when it was last seen"
            )
        }
        let expires = site.now() + Self.lifetime
        let key = documents.modelsKey(task: task, node: model.node)
        return ModelGrant(
            url: url.trimmingSuffix("/") + "/v1/models/\(task)/\(version)",
            bearer: TicketKeys.grant(models: key, version: version, expires: expires),
            digest: model.digest,
            bytes: model.bytes,
            expires: expires
        )
    }
}

extension String {
    func trimmingSuffix(_ suffix: Character) -> String {
        var text = self[...]
        while text.last == suffix { text = text.dropLast() }
        return String(text)
    }
}
