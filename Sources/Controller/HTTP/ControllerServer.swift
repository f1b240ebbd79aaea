import API
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// The controller's HTTP server: routes, limits and time-outs.
struct ControllerServer: Sendable {
    var services: Services
    var operatorToken: String
    var onListening: @Sendable (_ url: String) -> Void

    static func routes(_ services: Services, operatorToken: String) -> RouteTable {
        let table = RouteTable(
            authenticator: Authenticator(operatorToken: operatorToken, nodes: services.nodes),
            metrics: services.site.metrics
        )
        table.addSystem(services)
        table.addTasks(services)
        table.addRevisions(services)
        table.addRollouts(services)
        table.addRuns(services)
        table.addModels(services)
        table.addNodes(services)
        table.addTokens(services)
        table.addManagers(services)
        table.addArtifacts(services)
        return table
    }

    func run() async throws {
        let options = services.site.options
        let onListening = onListening
        let application = Application(
            router: Self.routes(services, operatorToken: operatorToken).router,
            // The time-out is for connections without a request, and for requests that stop arriving; an answer may
            // stay open for as long as it likes.
            server: .http1(
                configuration: .init(
                    idleTimeout: .seconds(60),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 16 << 10,
                        maxHeaderListSize: 32 << 10,
                        maxHeaderFieldCount: 100
                    )
                )
            ),
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port),
                serverName: "fedops/\(options.version)",
                backlog: 1024
            ),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? options.port
                let host = options.host.contains(":") ? "[\(options.host)]" : options.host
                onListening("http://\(host):\(port)")
            },
            logger: services.site.logger
        )
        do {
            try await application.run()
        } catch let error as IOError {
            throw ControllerStartError(
                "\(options.host):\(options.port) can't be listened on (\(error.description)): choose another --listen"
            )
        }
    }
}
