import API
import Controller
import Core
import Foundation
import TestSupport

/// A controller with one task, its repository, one server node and some client nodes that report by themselves.
struct Federation: Sendable {
    let fixture: Fixture
    let controller: TestController
    let repository: FlowRepository
    let server: SimulatedManager
    let clients: [SimulatedManager]

    var managers: [SimulatedManager] { [server] + clients }

    static func start(
        _ fixture: Fixture,
        clients: Int = 2,
        interval: Double = 1,
        _ change: (inout ControllerOptions) -> Void = { _ in }
    ) async throws -> Federation {
        let controller = try await TestController.start(fixture) { options in
            // On a busy machine a node may be silent for a while, and a rollout passes over those that are offline.
            options.lease = 30
            change(&options)
        }
        let repository = try await FlowRepository.make(fixture)
        try await repository.release(nil)
        let spec = SourceSpec(url: repository.url, interval: interval)
        _ = try await controller.operator.send(.addTask, body: TaskRequest(name: "digits", source: spec))
        let server = try await controller.join("server", .server)
        var managers: [SimulatedManager] = []
        for index in 1...clients { managers.append(try await controller.join("site-\(index)")) }
        for manager in [server] + managers { try await manager.report() }
        return Federation(
            fixture: fixture,
            controller: controller,
            repository: repository,
            server: server,
            clients: managers
        )
    }

    /// Lets all managers report while `body` runs.
    func running<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            for manager in managers {
                group.addTask {
                    await manager.run()
                    return nil
                }
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            while let ended = try await group.next() {
                if let value = ended { return value }
            }
            throw CancellationError()
        }
    }

    func task() async throws -> TaskView { try await controller.operator.get(.showTask, "digits") }

    func poll() async throws { _ = try await controller.operator.send(.pollTask, "digits") }

    /// Waits until the nodes have ended on the revision.
    func settled(on name: String) async throws -> TaskView {
        try await eventually("all nodes run \(name)", within: .seconds(40)) {
            let task = try await task()
            return task.target?.name == name && task.rollout?.phase == .completed ? task : nil
        }
    }

    /// Releases a tag and waits until all nodes run it.
    @discardableResult
    func deploy(_ tag: String, flow: String = "") async throws -> CommitHash {
        let commit = try await repository.release(tag, flow: flow)
        try await poll()
        _ = try await settled(on: tag)
        return commit
    }
}
