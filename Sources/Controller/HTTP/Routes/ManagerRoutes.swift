import API
import Core
import Hummingbird
import Store

extension RouteTable {
    /// What managers say and ask for.
    func addManagers(_ controller: Services) {
        json(.join, status: .created) { request, _ in
            let body = try await RequestBodyReader.decode(JoinRequest.self, from: request)
            let answer = try controller.nodes.join(body)
            let member = try controller.nodes.record(answer.node).member
            try await controller.tasks.sendToAll { _ in .nodeChanged(member) }
            return answer
        }
        json(.report) { request, context in
            let report = try await RequestBodyReader.decode(NodeReport.self, from: request)
            let node = context.parameter("node")
            guard report.node == node else {
                throw Problem(
                    status: 403,
                    title: "node \(node) may report for itself only",
                    detail: "the body's node is \"\(report.node.prefix(63))\""
                )
            }
            try await controller.reports.take(report)
            return controller.documents.document(for: node)
        }
        on(.watch) { _, context in
            let node = context.parameter("node")
            return EventStream.response(controller.site.signals, on: .desired(node: node), from: ()) { _ in
                // A node that was removed has nothing to watch.
                guard (try? controller.nodes.record(node)) != nil else { return EventBatch(ends: true) }
                let document = controller.documents.document(for: node)
                let id = "\(document.order.boot)-\(document.order.sequence)"
                return EventBatch(events: [try ServerSentEvent("desired", id: id, document)])
            }
        }
        on(.sendLogs) { request, context in
            let batch = try await RequestBodyReader.decode(
                LogBatch.self,
                from: request,
                limit: RequestBodyReader.logLimit
            )
            try controller.logs.take(batch, from: context.parameter("node"))
            return JSONAnswer.nothing
        }
        json(.sendResult) { request, context in
            let result = try await RequestBodyReader.decode(RoundResult.self, from: request)
            let mailbox = try controller.tasks.entry(context.parameter("task")).mailbox
            let state = try await mailbox.send(.roundEnded(node: context.parameter("node"), result))
            return state.answer(to: result)
        }
    }

    func addArtifacts(_ controller: Services) {
        let blobs = BlobAnswer(blobs: controller.site.blobs)
        on(.artifact) { request, context in
            try await blobs.response(context.parameter("digest"), type: "application/json", request, context)
        }
        on(.blob) { request, context in
            try await blobs.response(context.parameter("digest"), type: "application/octet-stream", request, context)
        }
    }
}
