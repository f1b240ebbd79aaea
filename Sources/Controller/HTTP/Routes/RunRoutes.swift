import API
import Hummingbird
import Store

extension RouteTable {
    func addRuns(_ controller: Services) {
        json(.listRuns) { _, context in
            Listing(try controller.views.runs(controller.tasks.entry(context.parameter("task"))))
        }
        json(.startRun, status: .created) { request, context in
            let body = try await RequestBodyReader.decodeIfPresent(RunRequest.self, from: request)
            return try await controller.runActions.start(context.parameter("task"), body ?? RunRequest())
        }
        json(.showRun) { _, context in
            try controller.views.run(
                controller.tasks.entry(context.parameter("task")),
                context.parameter("run")
            )
        }
        json(.stopRun) { request, context in
            let body = try await RequestBodyReader.decodeIfPresent(ReasonRequest.self, from: request)
            return try await controller.runActions.stop(
                context.parameter("task"),
                context.parameter("run"),
                reason: body?.reason
            )
        }
    }

    func addModels(_ controller: Services) {
        json(.listModels) { _, context in
            Listing(try controller.views.models(context.parameter("task")))
        }
        json(.showModel) { _, context in
            try controller.views.model(context.parameter("task"), context.parameter("version"))
        }
        json(.grantModel) { _, context in
            let model = try controller.views.model(context.parameter("task"), context.parameter("version"))
            return try controller.grants.grant(model)
        }
    }
}
