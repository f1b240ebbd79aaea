import API
import Core
import Hummingbird
import Store

extension RouteTable {
    func addTasks(_ controller: Services) {
        json(.listTasks) { _, _ in try Listing(controller.tasks.all.map(controller.views.task)) }
        json(.addTask, status: .created) { request, _ in
            let body = try await RequestBodyReader.decode(TaskRequest.self, from: request)
            return try controller.views.task(try await controller.taskActions.add(body))
        }
        json(.showTask) { _, context in
            try controller.views.task(controller.tasks.entry(context.parameter("task")))
        }
        on(.removeTask) { _, context in
            try await controller.taskActions.remove(context.parameter("task"))
            return JSONAnswer.nothing
        }
        json(.pollTask) { _, context in
            SourceView(try await controller.tasks.entry(context.parameter("task")).poller.poll())
        }
        json(.gate) { _, context in
            try controller.tasks.entry(context.parameter("task")).mailbox.state.gate(at: controller.site.now())
        }
        on(.taskEvents) { request, context in
            let task = context.parameter("task")
            _ = try controller.tasks.entry(task)
            return try EventRoutes.answer(controller, request, task: task)
        }
        on(.taskLogs) { request, context in
            let task = context.parameter("task")
            _ = try controller.tasks.entry(task)
            return try LogRoutes.answer(controller, request, task: task)
        }
    }
}
