import AsyncHTTPClient
import Core
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// The only server that this node's SuperNode knows: a port of loopback, from which its requests go to the server node's
/// engine with the key of the node's newest ticket.
///
/// Without a ticket nothing goes out: SuperNode's requests wait, for less than its own patience.
struct FleetForwarder: Sendable {
    /// Flower's client gives up on an answer after 30 seconds.
    private static let patience = 24.0
    /// The longest that the engine is asked to hold a request.
    private static let longestHold = 20.0
    /// Seconds until a round is asked for again that the engine hasn't opened yet.
    private static let pause = 0.2

    let node: FlowerNode
    /// Called when SuperNode has a message as a whole.
    let arrived: @Sendable () -> Void
    private let identity = Identity()

    init(node: FlowerNode, arrived: @escaping @Sendable () -> Void) {
        self.node = node
        self.arrived = arrived
    }

    /// Serves until it is cancelled.
    func run(listening: @escaping @Sendable (Int) -> Void) async throws {
        let router = Router(context: EngineRequestContext.self)
        router.add(middleware: ProblemMiddleware(logger: node.logger))
        router.post("/v1/fleet/{call}") { request, context in try await forward(request, context) }
        var logger = node.logger
        logger.logLevel = max(logger.logLevel, .warning)
        let server = StoppableServer()
        let application = Application(
            router: router,
            server: server.http1(),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { listening(port) }
            },
            logger: logger
        )
        try await server.run(application)
    }

    private func forward(_ request: Request, _ context: EngineRequestContext) async throws -> Response {
        let end = ContinuousClock.now + .seconds(Self.patience)
        guard let call = context.parameters.get("call"), FleetRoutes.calls.contains(call) else {
            throw EngineProblem(404, .missing, "SuperLink has nothing of this path for clients")
        }
        // Whoever else reaches this port is no SuperNode of ours.
        guard identity.isOurs(request.header("flwr-public-key")) else {
            throw EngineProblem(403, .refused, "this port is for one SuperNode")
        }
        let body = try await request.body.collect(upTo: FleetRoutes.maximumBody)
        var refused: Int?
        while true {
            let left = (end - .now) / .seconds(1)
            guard left > 0.05, let pass = await node.pass(after: refused, upTo: left) else {
                // An answer without messages: SuperNode asks again at once.
                if call == "pull-messages" { return Self.response(200, FleetRoutes.media, ByteBuffer()) }
                throw EngineProblem(503, .unavailable, "node \(node.setup.node) has no ticket that lets it in")
            }
            do {
                let response = try await send(request, call, body, pass, until: end)
                let type = response.headers.first(name: "Content-Type") ?? FleetRoutes.media
                if response.status.code == 401, type.contains("problem") {
                    // The server node may learn of the ticket a little later; an older one it may have forgotten.
                    if node.holds(pass.ticket.epoch) {
                        try await Task.sleep(for: .seconds(Self.pause))
                    } else {
                        refused = pass.ticket.epoch
                    }
                    continue
                }
                let content = try await response.body.collect(upTo: FleetRoutes.maximumBody)
                if call == "confirm-message-received", response.status.code == 200 { arrived() }
                return Self.response(Int(response.status.code), type, content)
            } catch {
                try Task.checkCancellation()
                throw EngineProblem(503, .unavailable, "the server node is not reached: \(error)")
            }
        }
    }

    private func send(
        _ request: Request,
        _ call: String,
        _ body: ByteBuffer,
        _ pass: FleetPass,
        until end: ContinuousClock.Instant
    ) async throws -> HTTPClientResponse {
        var base = pass.ticket.serverURL[...]
        while base.hasSuffix("/") { base = base.dropLast() }
        let left = (end - .now) / .seconds(1)
        var onward = HTTPClientRequest(url: base + EnginePaths.fleet(call))
        onward.method = .POST
        onward.headers = FleetHeaders.onward(request.headers.map { ($0.name.rawName, $0.value) })
        onward.headers.add(name: "Authorization", value: "Bearer \(pass.key)")
        onward.headers.add(name: EngineHeaders.node, value: pass.node)
        onward.headers.add(name: EngineHeaders.task, value: pass.ticket.task)
        onward.headers.add(name: EngineHeaders.epoch, value: String(pass.ticket.epoch))
        onward.headers.add(name: EngineHeaders.wait, value: String(max(0, min(Self.longestHold, left - 4))))
        onward.body = .bytes(body)
        return try await node.http.execute(onward, timeout: .seconds(60))
    }

    private static func response(_ status: Int, _ type: String, _ body: ByteBuffer) -> Response {
        Response(
            status: HTTPResponse.Status(code: status),
            headers: [.contentType: type],
            body: ResponseBody(byteBuffer: body)
        )
    }

    /// The key that the first request was signed with: SuperNode makes a new one at each start.
    private final class Identity: Sendable {
        private let key = Mutex<String?>(nil)

        func isOurs(_ given: String?) -> Bool {
            guard let given else { return false }
            return key.withLock { key in
                if key == nil { key = given }
                return key == given
            }
        }
    }
}
