import Core
import Foundation
import Manager
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct JoinTests {
    private func join(_ controller: ScriptedController, _ fixture: Fixture) -> Join {
        Join(
            controller: controller.url,
            token: ScriptedController.token,
            name: "ward-1",
            labels: ["site": "north"],
            dataFolder: fixture.url("data")
        )
    }

    @Test("joining writes a registration that only its user reads, and doesn't replace one unasked")
    func once() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let joined = try await join(controller, fixture).run()
            #expect(joined.node == "ward-1")
            #expect(try Registration(readingFrom: fixture.url("data")) == joined)
            let attributes = try FileManager.default.attributesOfItem(atPath: fixture.url("data/node.json").path)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)

            let error = try await #require(throws: ManagerError.self) { try await join(controller, fixture).run() }
            #expect(error.description.contains("ward-1"))
            #expect(error.description.contains("--force"))

            controller.state.withLock { $0.secret = "another" }
            var again = join(controller, fixture)
            again.force = true
            _ = try await again.run()
            #expect(try Registration(readingFrom: fixture.url("data")).secret == "another")
        }
    }

    @Test("a token that isn't valid joins nothing")
    func refused() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            var wrong = join(controller, fixture)
            wrong.token = "spent"
            await #expect(throws: (any Error).self) { try await wrong.run() }
            #expect(!Registration.exists(in: fixture.url("data")))
        }
    }

    @Test("names and labels that nodes can't have are refused before the token is spent")
    func names() async throws {
        try await withFixture { fixture in
            var bad = Join(
                controller: "http://127.0.0.1:1",
                token: "t",
                name: "Ward 1",
                dataFolder: fixture.url("data")
            )
            let name = try await #require(throws: ManagerError.self) { try await bad.run() }
            #expect(name.description.contains("--name"))
            bad.name = "ward-1"
            bad.labels = ["si te": "x"]
            await #expect(throws: ManagerError.self) { try await bad.run() }
            #expect(Names.isValid(Join.machineName))
        }
    }

    @Test("a token comes from a file without the blanks around it")
    func file() async throws {
        try await withFixture { fixture in
            let file = try fixture.write("  abc\n", to: "token")
            #expect(try Join.token(inFile: file.path) == "abc")
            #expect(throws: ManagerError.self) { try Join.token(inFile: fixture.url("none").path) }
        }
    }
}
