import Artifacts
import Core
import Hummingbird

/// Numbered global models, for whoever the controller granted one.
struct ModelRoutes: Sendable {
    let engine: EmbeddedEngine

    func add(to group: RouterGroup<EngineRequestContext>) {
        group.get { request, context in
            guard let task = context.parameters.get("task"), Names.isValid(task),
                let version = context.parameters.get("version", as: Int.self),
                let bearer = request.bearer,
                let key = engine.modelsKey(task: task),
                TicketKeys.isValid(grant: bearer, models: key, version: version, at: engine.now())
            else {
                throw EngineProblem(401, .unauthorized, "a grant for this model is needed; ask the controller for one")
            }
            guard let file = try engine.folder.task(task).model(version) else {
                throw EngineProblem(404, .missing, "global model v\(version) is not on this node's disk")
            }
            return try FileResponse(file: file).answer(to: request)
        }
    }
}
