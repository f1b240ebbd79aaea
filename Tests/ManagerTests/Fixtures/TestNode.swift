import Core
import Foundation
import Logging
import Manager
import ServiceLifecycle
import Synchronization
import TestSupport

/// A manager in this process over a real folder, which can be stopped and started again over the same.
final class TestNode: Sendable {
    let name: String
    let folder: URL
    private let running = Mutex<(task: Task<Void, any Error>, group: ServiceGroup)?>(nil)
    private let options: ManagerOptions

    private init(_ name: String, _ options: ManagerOptions) {
        self.name = name
        self.options = options
        folder = options.dataFolder
    }

    /// Joins and starts.
    static func start(
        _ name: String,
        role: NodeRole = .client,
        of controller: ScriptedController,
        _ fixture: Fixture,
        change: (inout ManagerOptions) -> Void = { _ in }
    ) async throws -> TestNode {
        try await start(
            name,
            role: role,
            url: controller.url,
            token: ScriptedController.token,
            fixture,
            change: change
        )
    }

    static func start(
        _ name: String,
        role: NodeRole,
        url: String,
        token: String,
        _ fixture: Fixture,
        change: (inout ManagerOptions) -> Void = { _ in }
    ) async throws -> TestNode {
        let data = fixture.url(name)
        let labels = ["site": name]
        let join = Join(controller: url, token: token, name: name, labels: labels, role: role, dataFolder: data)
        _ = try await join.run()
        var options = ManagerOptions(dataFolder: data, version: "test")
        change(&options)
        let node = TestNode(name, options)
        fixture.atEnd { await node.drop() }
        try node.start()
        return node
    }

    func start() throws {
        var logger = Logger(label: "manager")
        logger.logLevel = ProcessInfo.processInfo.environment["FEDOPS_TEST_LOG"] == nil ? .critical : .debug
        let manager = try NodeManager(options, logger: logger)
        let group = ServiceGroup(services: [manager], logger: logger)
        running.withLock { $0 = (Task { try await group.run() }, group) }
    }

    /// Ends it as SIGTERM would.
    func stop() async throws {
        guard let running = take() else { return }
        await running.group.triggerGracefulShutdown()
        try await running.task.value
    }

    /// Ends it without a word to the controller.
    func drop() async {
        guard let running = take() else { return }
        running.task.cancel()
        _ = try? await running.task.value
    }

    private func take() -> (task: Task<Void, any Error>, group: ServiceGroup)? {
        running.withLock { running in
            defer { running = nil }
            return running
        }
    }

    func path(_ path: String) -> URL { folder.appending(path: path) }
}
