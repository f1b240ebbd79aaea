import Core
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// What a handler needs to know of a request beyond its head.
struct EngineRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage

    init(source: Source) { coreContext = .init(source: source) }
}

/// The HTTP side of the embedded engine: its routes, and the limits of its connections.
struct EngineServer {
    let engine: EmbeddedEngine

    func run(listening: @escaping @Sendable (Int) -> Void) async throws {
        let configuration = engine.configuration
        let idle = TimeAmount.nanoseconds(Int64(configuration.idle * 1e9))
        var channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionGuard(idle: idle)],
            idleTimeout: idle
        )
        channel.httpDecoder = .init(
            maxHeaderFieldSize: 64 << 10,
            maxHeaderListSize: 128 << 10,
            maxHeaderFieldCount: 100
        )
        let server = StoppableServer()
        let application = Application(
            router: router,
            server: server.http1(channel),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.connections)
            ),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { listening(port) }
            },
            logger: quiet
        )
        try await server.run(application)
    }

    /// Hummingbird tells of every start and connection at `info`; the engine has its own words for what matters.
    private var quiet: Logger {
        var logger = engine.logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }

    private var router: Router<EngineRequestContext> {
        let router = Router(context: EngineRequestContext.self)
        router.add(middleware: ProblemMiddleware(logger: engine.logger))
        RoundRoutes(engine: engine).add(to: router.group("/v1/rounds/{task}/{epoch}"))
        UpdateRoutes(engine: engine).add(to: router.group("/v1/rounds/{task}/{epoch}"))
        FleetRoutes(engine: engine).add(to: router.group("/v1/fleet/{call}"))
        ModelRoutes(engine: engine).add(to: router.group("/v1/models/{task}/{version}"))
        return router
    }
}

extension EmbeddedEngine {
    /// Finds the round of a request and makes sure that the request comes from one of its clients.
    ///
    /// - Throws: 401 for all that a stranger could ask, 403 for a key of a node that the ticket doesn't name.
    func admit(_ request: Request, _ context: EngineRequestContext) async throws -> (desk: RoundDesk, node: String) {
        guard let task = context.parameters.get("task"), Names.isValid(task),
            let epoch = context.parameters.get("epoch", as: Int.self), epoch >= 0,
            let node = request.header(EngineHeaders.node), Names.isValid(node),
            let bearer = request.bearer
        else { throw EngineProblem.unauthorized }
        let seconds = configuration.admission
        let desk = await cancelWhenGracefulShutdown { [registry] in
            await registry.desk(task: task, epoch: epoch, node: node, bearer: bearer, waiting: seconds)
        }
        guard let desk else { throw EngineProblem.unauthorized }
        try desk.checkMember(node)
        return (desk, node)
    }
}

extension Request {
    func header(_ name: String) -> String? {
        HTTPField.Name(name).flatMap { headers[$0] }
    }

    var bearer: String? {
        guard let value = headers[.authorization], value.lowercased().hasPrefix("bearer ") else { return nil }
        let token = value.dropFirst(7).drop(while: { $0 == " " })
        return token.isEmpty ? nil : String(token)
    }

    /// Content-Length, where the request has one.
    var contentLength: Int? { headers[.contentLength].flatMap { Int($0) } }

    var hasBody: Bool { (contentLength ?? 0) > 0 || headers[.transferEncoding] != nil }
}

extension Response {
    static func json(
        _ value: some Encodable,
        status: HTTPResponse.Status = .ok,
        type: String = "application/json"
    ) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Response(
            status: status,
            headers: [.contentType: type],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(value)))
        )
    }
}
