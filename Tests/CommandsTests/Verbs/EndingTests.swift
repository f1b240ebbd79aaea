import API
import ControllerClient
import Foundation
import TestSupport
import Testing

@testable import Commands
@testable import fedops

/// How commands end, without a controller.
@Suite struct EndingTests {
    private func run(_ arguments: String...) async -> (status: Int32, out: String, error: String) {
        let recorder = Recorder()
        let status = await Console.$current.withValue(recorder.console()) {
            await CommandLineTool.run(FedOps.self, arguments)
        }
        return (status, recorder.out, recorder.error)
    }

    @Test(
        "wrong arguments are a matter of usage",
        arguments: [
            ["gate"], ["task", "add", "Foo!", "file:///x"], ["task", "add", "a", "file:///x", "--tags", ">=one"],
            ["nonsense"],
            ["run", "start", "a", "--scratch", "--from", "1"], ["run", "start", "a", "--rounds", "0"],
            ["status", "-o", "xml"],
            ["token", "create", "--role", "king"], ["token", "create", "--role", "client", "--label", "x"],
            ["model", "pull", "a", "vx"], ["rollout", "watch", "a", "--timeout", "5"], ["manager", "join", "http://x"],
            ["controller", "run", "--listen", "x"], ["controller", "run", "--lease", "1s", "--heartbeat", "2s"],
            ["status", "--token-file", "/nonexistent/token"], ["status", "--controller", "ftp://x"],
        ]
    )
    func usage(arguments: [String]) async {
        let recorder = Recorder()
        let status = await Console.$current.withValue(recorder.console()) {
            await CommandLineTool.run(FedOps.self, arguments)
        }
        #expect(status == 2, "\(recorder.error)")
        #expect(recorder.error.hasPrefix("error: "))
        #expect(recorder.out.isEmpty)
    }

    @Test("help goes to standard output")
    func help() async {
        let (status, out, error) = await run("rollout", "--help")
        #expect(status == 0)
        #expect(out.contains("watch"))
        #expect(error.isEmpty)
    }

    @Test("a controller that isn't there is told apart from one that refuses")
    func unreachable() async throws {
        let url = "http://127.0.0.1:\(try freePort())"
        let (status, out, error) = await run("gate", "digits", "--controller", url, "-o", "json")
        #expect(status == 4)
        #expect(out.isEmpty)
        #expect(error.contains("can't be reached"))
        let (own, text, _) = await run("version", "--controller", url)
        #expect(own == 0)
        #expect(text.hasPrefix("fedops \(FedOpsVersion.current), protocol 1\ncontroller: the controller at"))
        let (bare, json, _) = await run("version", "--client", "-o", "json")
        #expect(bare == 0)
        #expect(json.contains("\"controller\" : null"))
    }

    @Test(
        "statuses of the controller become those of the process",
        arguments: [
            (400, 2), (401, 5), (403, 5), (404, 3), (409, 5), (410, 3), (422, 2), (429, 1), (500, 1), (503, 1),
        ] as [(Int, Int32)]
    )
    func statuses(http: Int, own: Int32) {
        #expect(ExitStatus(ClientError.problem(Problem(status: http, title: "x"))).rawValue == own)
    }

    @Test("what a refusal says reaches the terminal without its control characters")
    func safeErrors() {
        struct Refusing: Error, CustomStringConvertible { let description = Hostile.text + "\nsecond line" }
        #expect(ExitStatus(Refusing()) == .failure)
        let lines = SafeText.lines("\(Refusing())")
        #expect(lines.allSatisfy { !Hostile.reaches($0) })
        #expect(lines.last == "second line")
    }

    @Test("the token's sources, in order")
    func token() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "fedops-token-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func file(_ name: String, _ text: String) throws -> String {
            let place = folder.appending(path: name)
            try Data(text.utf8).write(to: place)
            return place.path
        }
        let environment = ["FEDOPS_TOKEN": "direct", "FEDOPS_TOKEN_FILE": try file("b", "from-file\n")]
        #expect(try TokenSource(option: file("a", "option\n"), environment: environment).token() == "option")
        #expect(try TokenSource(option: nil, environment: environment).token() == "direct")
        #expect(
            try TokenSource(option: nil, environment: ["FEDOPS_TOKEN_FILE": folder.appending(path: "b").path]).token()
                == "from-file"
        )
        var last = TokenSource(option: nil, environment: [:])
        last.defaultFile = folder.appending(path: "operator.token")
        #expect(try last.token() == nil)
        _ = try file("operator.token", "default\n")
        #expect(try last.token() == "default")
        #expect(throws: CommandFailure.self) {
            try TokenSource(option: file("c", "two words"), environment: [:]).token()
        }
        #expect(throws: CommandFailure.self) { try TokenSource(option: file("d", ""), environment: [:]).token() }
    }
}
