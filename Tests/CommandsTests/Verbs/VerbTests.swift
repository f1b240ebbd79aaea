import Core
import Foundation
import TestSupport
import Testing

/// The verbs as a user types them: the built binary, a controller, and managers as processes of their own.
@Suite(.serialized) struct VerbTests {
    /// An installation of a controller, a server node and a client node, and the repository of a task.
    struct Installation: Sendable {
        let fixture: Fixture
        let binary: String
        let url: String
        let repository: GitRepository

        static let flow = """
            task: digits
            runtime: command
            stages:
              data: {command: ["true"]}
              model: {command: ["true"]}
              train: {command: ["true"]}
              evaluate: {command: ["true"]}
            participants: {clients: {wait: 1s}}
            rollout: {health: 30s}

            """

        static func start(_ fixture: Fixture) async throws -> Installation {
            let binary = try Products.fedops.path
            let controller = try await BackgroundProcess.start(
                "controller",
                binary,
                [
                    "controller", "run", "--data", fixture.url("controller").path, "--listen", "127.0.0.1:0",
                    "--allow-file-remotes", "--lease", "3s", "--heartbeat", "500ms", "--tick", "200ms",
                ],
                fixture: fixture
            )
            try await controller.waitForOutput("listening on ")
            let line = controller.output.split(separator: "\n").first { $0.hasPrefix("listening on ") } ?? ""
            let repository = try await GitRepository.make(at: fixture.url("repository.git"))
            return Installation(
                fixture: fixture,
                binary: binary,
                url: String(line.dropFirst("listening on ".count)),
                repository: repository
            )
        }

        @discardableResult
        func fedops(_ arguments: String..., status: Int = 0) async throws -> String {
            let output = try await runProcess(
                binary,
                arguments,
                environment: [
                    "FEDOPS_CONTROLLER": url,
                    "FEDOPS_TOKEN_FILE": fixture.url("controller/operator.token").path, "FEDOPS_TOKEN": nil,
                ],
                timeout: .seconds(90)
            )
            #expect(
                output.status == status,
                "fedops \(arguments.joined(separator: " ")): \(output.stdout)\(output.stderr)"
            )
            return output.stdout + (status == 0 ? "" : output.stderr)
        }

        func json(_ arguments: String..., status: Int = 0) async throws -> JSONValue {
            let output = try await runProcess(
                binary,
                arguments + [
                    "-o", "json", "--controller", url, "--token-file", fixture.url("controller/operator.token").path,
                ]
            )
            #expect(output.status == status, "fedops \(arguments.joined(separator: " ")): \(output.stderr)")
            return try JSONDecoder().decode(JSONValue.self, from: Data(output.stdout.utf8))
        }

        func join(_ name: String, _ role: String) async throws {
            let token = try await fedops("token", "create", "--role", role, "--label", "site=\(name)")
            let data = fixture.url(name).path
            let text = token.trimmingCharacters(in: .whitespacesAndNewlines)
            try await fedops("manager", "join", url, "--token", text, "--name", name, "--data", data)
            _ = try await BackgroundProcess.start(name, binary, ["manager", "run", "--data", data], fixture: fixture)
        }

        func release(_ tag: String) async throws {
            let commit = try await repository.commit(
                ["fedops.yaml": Self.flow, "tag.txt": tag],
                message: "Release \(tag)"
            )
            try await repository.tag(tag, at: commit)
        }
    }

    @Test(
        "from an empty controller to an open gate, a drained node, a second revision and back",
        .timeLimit(.minutes(5))
    )
    func wholeWay() async throws {
        try await withFixture { fixture in
            let site = try await Installation.start(fixture)
            #expect(try await site.fedops("status").contains("no tasks; add one with"))
            #expect(try await site.fedops("gate", "digits", status: 3).contains("error: "))
            try await site.join("server", "server")
            try await site.join("site-1", "client")
            try await site.release("v1.0.0")
            let added = try await site.fedops(
                "task",
                "add",
                "digits",
                "file://\(site.repository.folder.path)",
                "--tags",
                ">=1",
                "--interval",
                "1s",
                "--wait",
                "--timeout",
                "80s"
            )
            #expect(added.contains("rollout 1 completed"))
            _ = try await site.fedops("task", "add", "digits", "file:///x", status: 5)

            try await site.fedops("gate", "digits", "--wait", "--timeout", "30s")
            let gate = try await site.json("gate", "digits")
            #expect(gate["open"] == .bool(true))
            #expect(gate["reasons"] == .array([]))
            #expect(gate["clients"] == .array([.string("site-1")]))
            guard case .string(let first)? = gate["commit"] else {
                Issue.record("no commit")
                return
            }

            #expect(try await site.fedops("node", "ls").contains("site-1"))
            try await site.fedops("node", "drain", "site-1", "--wait")
            let closed = try await site.json("gate", "digits", status: 1)
            #expect(closed["open"] == .bool(false))
            #expect(closed["reasons"]?["0"]?["node"] == .string("site-1"))
            #expect(try await site.fedops("gate", "digits", status: 1).contains("draining"))
            try await site.fedops("node", "resume", "site-1")

            try await site.release("v1.1.0")
            try await site.fedops("task", "poll", "digits")
            try await eventually("the second revision begins to roll out", within: .seconds(40)) {
                try await site.json("rollout", "ls", "digits")["items"]?["1"] != nil
            }
            #expect(try await site.fedops("rollout", "watch", "digits", "2").contains("completed"))
            #expect(try await site.json("revision", "show", "digits", "v1.1.0")["state"] == .string("ready"))
            #expect(try await site.fedops("revision", "logs", "digits", "-f").isEmpty == false)

            try await site.fedops("rollout", "undo", "digits", "--wait", "--timeout", "60s")
            #expect(try await site.json("task", "show", "digits")["target"]?["commit"] == .string(first))
            let paused = try await site.json("rollout", "show", "digits")
            #expect(paused["kind"] == .string("undo"))

            _ = try await site.fedops("run", "show", "digits", status: 3)
            _ = try await site.fedops("model", "pull", "digits", status: 3)
            _ = try await site.json("run", "start", "digits", "--rounds", "2")
            #expect(try await site.fedops("run", "stop", "digits", "--reason", "enough").contains("stopped"))
            #expect(try await site.fedops("run", "watch", "digits", status: 1).contains("stopped"))
            #expect(try await site.fedops("events", "digits").contains("AGE"))
            #expect(try await site.fedops("status", "-o", "yaml").contains("tasks:"))
            try await site.fedops("logs", "digits")
            #expect(try await site.fedops("token", "ls").contains("used by site-1"))
            try await site.fedops("node", "rm", "site-1")
            _ = try await site.fedops("node", "show", "site-1", status: 3)
            try await site.fedops("task", "rm", "digits")
            #expect(try await site.json("task", "ls")["items"] == .array([]))
        }
    }

    @Test("a wrong token is refused, and says where the right one is", .timeLimit(.minutes(1)))
    func wrongToken() async throws {
        try await withFixture { fixture in
            let site = try await Installation.start(fixture)
            let token = try fixture.write("fo_wrong\n", to: "wrong.token")
            let output = try await site.fedops("status", "--token-file", token.path, status: 5)
            #expect(output.contains("operator.token"))
            #expect(!output.contains("fo_wrong"))
        }
    }
}
