import API
import Controller
import Core
import Foundation
import Logging
import ServiceLifecycle
import Store
import Synchronization
import TestSupport

/// A whole controller in this process, on a free port, with its real store, remotes and builds.
final class TestController: Sendable {
    let url: String
    let folder: URL
    private let group: Mutex<ServiceGroup?>
    private let running: Task<Void, any Error>

    private init(url: String, folder: URL, group: ServiceGroup, running: Task<Void, any Error>) {
        self.url = url
        self.folder = folder
        self.group = Mutex(group)
        self.running = running
    }

    /// Starts one on `folder`, which the next one may be started on again once this one has stopped.
    static func start(
        _ fixture: Fixture,
        folder: String = "controller",
        patience: Duration = .seconds(20),
        _ change: (inout ControllerOptions) -> Void = { _ in }
    ) async throws -> TestController {
        var options = ControllerOptions(
            dataFolder: fixture.url(folder),
            executable: try Products.fedops.path,
            version: "test"
        )
        options.port = 0
        options.tick = 0.1
        options.heartbeat = 0.5
        options.lease = 3
        options.allowFileRemotes = true
        change(&options)
        let (urls, listening) = AsyncStream.makeStream(of: String.self)
        var logger = Logger(label: "controller") { _ in FixtureLog(fixture) }
        logger.logLevel = .info
        let controller = try await open(options, logger, patience) { listening.yield($0) }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: controller, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: logger
            )
        )
        // Not a child task: the controller outlives this function, and ends with the fixture.
        let running = Task {
            defer { listening.finish() }
            try await group.run()
        }
        for await url in urls {
            let controller = TestController(url: url, folder: options.dataFolder, group: group, running: running)
            fixture.atEnd { try await controller.end() }
            return controller
        }
        try await running.value
        throw CancellationError()
    }

    /// A process that another test forks meanwhile holds the lock of a controller that has stopped, until it runs its
    /// own program.
    private static func open(
        _ options: ControllerOptions,
        _ logger: Logger,
        _ patience: Duration,
        _ onListening: @escaping @Sendable (String) -> Void
    ) async throws -> FedOpsController {
        let clock = ContinuousClock()
        let end = clock.now + patience
        while true {
            do {
                return try FedOpsController(options, logger: logger, onListening: onListening)
            } catch let error as StoreError {
                guard case .locked = error, clock.now < end else { throw error }
                try await clock.sleep(for: .milliseconds(50))
            }
        }
    }

    /// Shuts down as a signal would, and lets go of the data folder.
    func stop() async throws {
        let group = group.withLock { $0.take() }
        await group?.triggerGracefulShutdown()
        try await running.value
    }

    /// Stops at once, and returns when nothing writes to the data folder any more.
    private func end() async throws {
        group.withLock { $0 = nil }
        running.cancel()
        _ = await running.result
        try await eventually("the store is closed", within: .seconds(40)) {
            _ = try Store(path: folder.appending(path: "fedops.sqlite"))
            return true
        }
    }

    var `operator`: TestClient {
        get throws {
            let token = try String(contentsOf: folder.appending(path: "operator.token"), encoding: .utf8)
            return TestClient(url: url, bearer: token.trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }

    /// Makes a token and joins with it.
    func join(
        _ name: String,
        _ role: NodeRole = .client,
        labels: [String: String] = [:]
    ) async throws -> SimulatedManager {
        let token: TokenView = try await self.operator.post(.createToken, body: TokenRequest(role: role))
        let answer: JoinAnswer = try await TestClient(url: url).post(
            .join,
            body: JoinRequest(token: token.token ?? "", name: name, labels: labels)
        )
        return SimulatedManager(name, role, TestClient(url: url, bearer: answer.secret))
    }
}

/// Keeps what the controller logs for a test that fails.
private struct FixtureLog: LogHandler {
    let fixture: Fixture
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(_ fixture: Fixture) { self.fixture = fixture }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let more = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        fixture.log("\(Instant(Date()).iso8601) \(event.level) \(event.message) \(more.joined(separator: " "))")
    }
}
