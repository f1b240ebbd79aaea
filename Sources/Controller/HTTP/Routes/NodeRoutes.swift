import API
import Core
import Hummingbird
import Store

extension RouteTable {
    /// What operators do with nodes.
    func addNodes(_ controller: Services) {
        json(.listNodes) { _, _ in Listing(controller.nodes.all.map(controller.views.node)) }
        json(.showNode) { _, context in
            controller.views.node(try controller.nodes.record(context.parameter("node")))
        }
        on(.removeNode) { _, context in
            let node = context.parameter("node")
            try controller.nodes.remove(node)
            try await controller.tasks.sendToAll { _ in .nodeRemoved(node) }
            controller.site.signals.signal(.desired(node: node))
            return JSONAnswer.nothing
        }
        for (route, draining) in [(Route.drainNode, true), (.resumeNode, false)] {
            json(route) { _, context in
                let record = try controller.nodes.setDraining(context.parameter("node"), draining)
                try await controller.tasks.sendToAll { _ in .nodeChanged(record.member) }
                return controller.views.node(record)
            }
        }
    }

    func addTokens(_ controller: Services) {
        json(.listTokens) { _, _ in Listing(try controller.tokens.list()) }
        json(.createToken, status: .created) { request, _ in
            try controller.tokens.create(try await RequestBodyReader.decode(TokenRequest.self, from: request))
        }
        on(.removeToken) { _, context in
            try controller.site.store.removeToken(context.parameter("token"))
            return JSONAnswer.nothing
        }
    }
}
