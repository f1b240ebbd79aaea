import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// An HTTP server that may be cancelled.
///
/// Hummingbird's own may not: a connection that was accepted, and that its loop has not taken up yet, is thrown away then,
/// and NIO ends the process for it (https://github.com/apple/swift-nio/issues/2637). So the loop is never cancelled here: it
/// is told to shut down, takes up what was accepted, and what is done with each connection is cancelled instead.
struct StoppableServer: Sendable {
    private let stop = ServingStop()

    /// What to build the application's server with.
    func http1(_ configuration: HTTP1Channel.Configuration = .init()) -> HTTPServerBuilder {
        HTTPServerBuilder { [stop] responder in
            StoppableChannel(inner: HTTP1Channel(responder: responder, configuration: configuration), stop: stop)
        }
    }

    /// Serves until the calling task is cancelled or its service group shuts down.
    func run(_ application: some ApplicationProtocol) async throws {
        let group = ServiceGroup(configuration: .init(services: [application], logger: application.logger))
        // No child of this task, so that cancelling it does not reach the loop; it is waited for all the same.
        let serving = Task { try await group.run() }
        try await withTaskCancellationHandler {
            try await serving.value
        } onCancel: {
            stop.fire()
            Task { await group.triggerGracefulShutdown() }
        }
    }
}

/// Cancels what is done with connections, from outside and once.
private final class ServingStop: Sendable {
    private let isStopped = Mutex(false)
    private let change = Broadcast()

    func fire() {
        isStopped.withLock { $0 = true }
        change.wake()
    }

    /// Runs `body`, cancelled when the stop is fired; it runs even when that was before.
    func cancelling(_ body: @escaping @Sendable () async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask(operation: body)
            group.addTask {
                let fired: @Sendable () -> Bool? = { self.isStopped.withLock { $0 } ? true : nil }
                while !Task.isCancelled, await self.change.wait(upTo: 3600, for: fired) == nil {}
            }
            await group.next()
            group.cancelAll()
        }
    }
}

private struct StoppableChannel<Inner: ServerChildChannel>: ServerChildChannel {
    let inner: Inner
    let stop: ServingStop

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Inner.Value> {
        inner.setup(channel: channel, logger: logger)
    }

    func handle(value: Inner.Value, logger: Logger) async {
        await stop.cancelling { await inner.handle(value: value, logger: logger) }
    }
}
