import Core
import FlowRunner
import Foundation
import Logging
import Simulation
import Synchronization
import TestSupport

/// A checkout in a test's folder, and rounds of it.
struct Workplace: Sendable {
    let fixture: Fixture
    let python: URL

    static let examples = PythonEnvironment.package.appending(path: "examples-repo")

    /// A checkout of the project in `examples-repo`, all of it committed.
    static func digits(_ fixture: Fixture, python: URL? = nil) async throws -> Workplace {
        let interpreter = if let python { python } else { try await PythonEnvironment.sklearn.python() }
        try FileManager.default.copyItem(at: examples, to: fixture.url("checkout"))
        let place = Workplace(fixture: fixture, python: interpreter)
        try await place.git("init", "-q")
        try await place.git("add", "-A")
        try await place.git("-c", "user.name=Test", "-c", "user.email=test@example.org", "commit", "-qm", "Digits")
        return place
    }

    @discardableResult
    func git(_ arguments: String...) async throws -> String {
        try await requireProcess("git", ["-C", fixture.url("checkout").path] + arguments)
    }

    func edit(_ file: String, _ change: (String) -> String) throws {
        let place = fixture.url("checkout/\(file)")
        try change(try String(contentsOf: place, encoding: .utf8)).write(to: place, atomically: true, encoding: .utf8)
    }

    func tree(_ flow: String = "fedops.yaml") async throws -> WorkingTree {
        try await WorkingTree(
            flow: fixture.url("checkout/\(flow)"),
            to: fixture.url("tree-\(UUID().uuidString.prefix(8))")
        )
    }

    func rounds(_ options: FederationOptions, flow: String = "fedops.yaml") async throws -> FederationReport {
        var logger = Logger(label: "test")
        logger.logLevel = .error
        return try await Federation(
            options,
            tree: try await tree(flow),
            python: python,
            folder: fixture.url("run-\(UUID().uuidString.prefix(8))"),
            logger: logger,
            observer: { event in
                if case .line(let node, let line) = event { fixture.log("\(node) \(line.stage) | \(line.text)") }
            }
        ).run()
    }
}
