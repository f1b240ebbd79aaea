import API
import Hummingbird

extension RouteTable {
    func addRollouts(_ controller: Services) {
        json(.listRollouts) { _, context in
            let entry = try controller.tasks.entry(context.parameter("task"))
            return Listing(try controller.views.rollouts(entry))
        }
        json(.showRollout) { _, context in
            let entry = try controller.tasks.entry(context.parameter("task"))
            return try controller.views.rollout(entry, context.parameter("rollout"))
        }
        json(.undoRollout) { request, context in
            let body = try await RequestBodyReader.decodeIfPresent(UndoRequest.self, from: request)
            return try await controller.rolloutActions.undo(context.parameter("task"), to: body?.to)
        }
        json(.pauseRollout) { request, context in
            let body = try await RequestBodyReader.decodeIfPresent(ReasonRequest.self, from: request)
            return try await controller.rolloutActions.pause(context.parameter("task"), reason: body?.reason)
        }
        json(.resumeRollout) { _, context in
            try await controller.rolloutActions.resume(context.parameter("task"))
        }
    }
}
