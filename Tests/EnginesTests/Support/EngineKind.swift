import Core
import Engines
import Foundation
import TestSupport

/// Which engine a test runs on: what users see of a round must not depend on it.
enum EngineKind: String, CaseIterable, Sendable {
    case embedded, flower

    /// Seconds that training may take in a test where nothing is to be late: Flower's processes start in that time.
    var trainFor: Double { self == .embedded ? 60 : 240 }

    /// Python of the sites' workers.
    func python() async throws -> URL {
        switch self {
        case .embedded: try await PythonEnvironment.numpy().python
        case .flower: try await PythonEnvironment.flower().python
        }
    }
}

extension RunningEngine {
    /// What conducts rounds of `digits` in the test; SuperLink runs until its fixture ends.
    func conductor(_ kind: EngineKind) async throws -> any AggregationEngine {
        switch kind {
        case .embedded: engine
        case .flower: FlowerEngine(engine, link: try await link())
        }
    }

    /// A SuperLink for the task `digits`, which ends with the fixture.
    func link() async throws -> FlowerLink {
        let fixture = fixture
        let link = FlowerLink(
            FlowerSetup(
                task: "digits",
                node: "server",
                python: try await EngineKind.flower.python(),
                folder: fixture.url("flower-server"),
                log: { fixture.log("server: \($0)") }
            ),
            engine: engine
        )
        let running = Task { await link.run() }
        fixture.atEnd {
            running.cancel()
            await running.value
        }
        return link
    }
}
