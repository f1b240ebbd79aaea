/// Every path of the controller's API. Clients build their requests from these; a test holds the server's routes and
/// the OpenAPI document against `Route.all`.
///
/// Bodies and answers are JSON, lists are a `Listing`, streams are server-sent events, and whatever isn't a success is a
/// `Problem`. `POST` answers 201 where it makes something (a task, a run, a token, a node); `DELETE` and `sendLogs`
/// answer 204 without a body.
package struct Route: Sendable, Hashable {
    package enum Method: String, Sendable, CaseIterable { case get, post, put, delete }

    /// Who may call it.
    package enum Access: String, Sendable { case anyone, node, `operator`, nodeOrOperator }

    package let method: Method
    /// With `{name}` for each parameter, as OpenAPI writes paths.
    package let path: String
    package let access: Access

    init(_ method: Method, _ path: String, _ access: Access) {
        self.method = method
        self.path = path
        self.access = access
    }

    /// The path with its parameters filled in, in order, percent-encoded.
    package func path(_ values: String...) -> String {
        var values = values[...]
        return path.split(separator: "/", omittingEmptySubsequences: false).map { part in
            guard part.hasPrefix("{"), let value = values.popFirst() else { return String(part) }
            return Route.encode(value)
        }.joined(separator: "/")
    }

    private static func encode(_ value: String) -> String {
        value.utf8.map { byte in
            let character = Character(UnicodeScalar(byte))
            if byte < 0x80, character.isLetter || character.isNumber || "-._~:@".contains(character) {
                return String(character)
            }
            return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}

extension Route {
    package static let version = Route(.get, "/v1/version", .anyone)
    package static let health = Route(.get, "/healthz", .anyone)
    package static let openAPI = Route(.get, "/v1/openapi.json", .anyone)
    package static let metrics = Route(.get, "/metrics", .operator)
    package static let status = Route(.get, "/v1/status", .operator)
    package static let events = Route(.get, "/v1/events", .operator)

    package static let listTasks = Route(.get, "/v1/tasks", .operator)
    package static let addTask = Route(.post, "/v1/tasks", .operator)
    package static let showTask = Route(.get, "/v1/tasks/{task}", .operator)
    package static let removeTask = Route(.delete, "/v1/tasks/{task}", .operator)
    package static let pollTask = Route(.post, "/v1/tasks/{task}/poll", .operator)
    package static let gate = Route(.get, "/v1/tasks/{task}/gate", .operator)
    package static let taskEvents = Route(.get, "/v1/tasks/{task}/events", .operator)
    package static let taskLogs = Route(.get, "/v1/tasks/{task}/logs", .operator)

    package static let listRevisions = Route(.get, "/v1/tasks/{task}/revisions", .operator)
    package static let showRevision = Route(.get, "/v1/tasks/{task}/revisions/{revision}", .operator)
    package static let revisionLog = Route(.get, "/v1/tasks/{task}/revisions/{revision}/log", .operator)
    package static let revisionProvenance = Route(.get, "/v1/tasks/{task}/revisions/{revision}/provenance", .operator)
    package static let artifactKey = Route(.get, "/v1/artifact-key", .nodeOrOperator)

    package static let listRollouts = Route(.get, "/v1/tasks/{task}/rollouts", .operator)
    package static let showRollout = Route(.get, "/v1/tasks/{task}/rollouts/{rollout}", .operator)
    package static let undoRollout = Route(.post, "/v1/tasks/{task}/rollout/undo", .operator)
    package static let pauseRollout = Route(.post, "/v1/tasks/{task}/rollout/pause", .operator)
    package static let resumeRollout = Route(.post, "/v1/tasks/{task}/rollout/resume", .operator)

    package static let listRuns = Route(.get, "/v1/tasks/{task}/runs", .operator)
    package static let startRun = Route(.post, "/v1/tasks/{task}/runs", .operator)
    package static let showRun = Route(.get, "/v1/tasks/{task}/runs/{run}", .operator)
    package static let stopRun = Route(.post, "/v1/tasks/{task}/runs/{run}/stop", .operator)

    package static let listModels = Route(.get, "/v1/tasks/{task}/models", .operator)
    package static let showModel = Route(.get, "/v1/tasks/{task}/models/{version}", .operator)
    package static let grantModel = Route(.post, "/v1/tasks/{task}/models/{version}/grant", .operator)

    package static let listNodes = Route(.get, "/v1/nodes", .operator)
    package static let showNode = Route(.get, "/v1/nodes/{node}", .operator)
    package static let removeNode = Route(.delete, "/v1/nodes/{node}", .operator)
    package static let drainNode = Route(.post, "/v1/nodes/{node}/drain", .operator)
    package static let resumeNode = Route(.post, "/v1/nodes/{node}/resume", .operator)

    package static let listTokens = Route(.get, "/v1/tokens", .operator)
    package static let createToken = Route(.post, "/v1/tokens", .operator)
    package static let removeToken = Route(.delete, "/v1/tokens/{token}", .operator)

    package static let join = Route(.post, "/v1/join", .anyone)
    package static let report = Route(.put, "/v1/nodes/{node}/report", .node)
    package static let watch = Route(.get, "/v1/nodes/{node}/watch", .node)
    package static let sendLogs = Route(.post, "/v1/nodes/{node}/logs", .node)
    package static let sendResult = Route(.post, "/v1/nodes/{node}/tasks/{task}/result", .node)
    package static let artifact = Route(.get, "/v1/artifacts/{digest}", .nodeOrOperator)
    package static let blob = Route(.get, "/v1/blobs/{digest}", .nodeOrOperator)

    package static let all: [Route] = [
        version, health, openAPI, metrics, status, events,
        listTasks, addTask, showTask, removeTask, pollTask, gate, taskEvents, taskLogs,
        listRevisions, showRevision, revisionLog, revisionProvenance, artifactKey,
        listRollouts, showRollout, undoRollout, pauseRollout, resumeRollout,
        listRuns, startRun, showRun, stopRun,
        listModels, showModel, grantModel,
        listNodes, showNode, removeNode, drainNode, resumeNode,
        listTokens, createToken, removeToken,
        join, report, watch, sendLogs, sendResult, artifact, blob,
    ]
}
