package import AsyncHTTPClient
import NIOCore

/// The connections of this process, shared by all its clients; they live as long as it does.
package enum Connections {
    /// Seconds without a byte after which an answer counts as broken off. Event streams carry a comment well before.
    static let silence: Int64 = 45

    package static let shared: HTTPClient = {
        var configuration = HTTPClient.Configuration(
            // A bearer must not follow a redirect to wherever it points.
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(5), read: .seconds(silence)),
            connectionPool: .init(idleTimeout: .seconds(30), concurrentHTTP1ConnectionsPerHostSoftLimit: 16)
        )
        // A refused connection is told at once; whoever calls decides about another attempt.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()
}
