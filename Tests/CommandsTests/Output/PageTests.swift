import API
import Core
import Foundation
import Testing

@testable import Commands

/// Pages made from values that every field of which someone else wrote.
@Suite struct PageTests {
    static let instant = Instant(milliseconds: 1_759_999_940_000)

    /// A status as the API gives it, with `text` wherever a repository, a node or a person may have written.
    static func status(_ text: String) throws -> StatusView {
        let commit = String(repeating: "a", count: 40)
        let digest = "sha256:" + String(repeating: "b", count: 64)
        let quoted = String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
        let at = "\"\(instant.iso8601)\""
        let revision = """
            {"task": \(quoted), "number": 2, "name": \(quoted), "commit": "\(commit)", "state": "failed",
             "subject": \(quoted), "author": \(quoted), "created": \(at), "finished": \(at), "reason": \(quoted),
             "logTail": [\(quoted)]}
            """
        let reason = """
            {"node": \(quoted), "reports": \(quoted), "wants": "\(commit)", "since": \(at), "why": \(quoted)}
            """
        let json = """
            {"version": \(quoted), "started": \(at), "time": \(at), "nodesOnline": 1, "nodes": 2, "tasks": [{
              "name": \(quoted),
              "source": {"url": \(quoted), "branch": \(quoted), "tags": \(quoted), "flow": \(quoted), "interval": 30,
                "deployOn": "tag", "failures": 3, "failure": {"kind": \(quoted), "message": \(quoted), "since": \(at)},
                "movedTags": {\(quoted): "\(commit)"}, "deletedTags": [\(quoted)], "unreachableTags": [\(quoted)]},
              "target": \(revision), "newest": \(revision),
              "rollout": {"task": \(quoted), "number": 1, "kind": "deploy", "phase": "progressing", "to": \(quoted),
                "from": \(quoted), "commit": "\(commit)", "wave": 1, "waves": 2, "moved": [\(quoted)], "ready": [],
                "nodes": 2, "started": \(at), "reason": \(quoted)},
              "gate": {"task": \(quoted), "open": false, "commit": "\(commit)", "digest": "\(digest)", "clients": [],
                "excluded": [], "reasons": [\(reason)]},
              "run": {"task": \(quoted), "number": 1, "status": "failed", "revision": \(quoted), "commit": "\(commit)",
                "goal": 3, "done": 1, "failures": 1, "started": \(at), "reason": \(quoted)},
              "nodes": [{"task": \(quoted), "node": \(quoted), "role": "client", "online": true, "draining": false,
                "wants": "\(commit)", "reports": {"task": \(quoted), "phase": "failed", "message": \(quoted)}}],
              "warnings": [{"task": \(quoted), "at": \(at), "kind": "warning", "message": \(quoted)}]
            }]}
            """
        return try JSONDecoder().decode(StatusView.self, from: Data(json.utf8))
    }

    @Test("no page lets a control character through")
    func safe() throws {
        let status = try Self.status(Hostile.text)
        let task = try #require(status.tasks.first)
        let console = Recorder().console()
        var lines = StatusPage(status, console).lines + TaskPage(task, console).lines
        lines += GatePage(task.gate, console).lines
        lines.append(GatePage.line(task.gate, console))
        lines += try RevisionPage(#require(task.newest), console).lines
        lines += try RolloutPage(#require(task.rollout), console).lines
        lines += try RunPage(#require(task.run), gate: task.gate, console).lines
        let log = LogView(id: 1, at: Self.instant, node: Hostile.text, stage: Hostile.text, text: Hostile.text)
        lines.append(LogsCommand.line(log, console))
        #expect(lines.count > 40)
        for line in lines { #expect(!Hostile.reaches(line) && !line.contains("\n"), "\(line.debugDescription)") }
    }

    @Test("the status says why a build failed, why the gate is closed, and what else needs a look")
    func status() throws {
        let lines = StatusPage(try Self.status("x"), Recorder().console()).lines
        #expect(lines[0] == "controller x, up 0s, 1 of 2 nodes online")
        let text = lines.joined(separator: "\n")
        for part in [
            "revision x (aaaaaaa) failed", "│ x", "gate closed", "x reports x, wanted is aaaaaaa, for 60s: x",
            "source fails for 60s (x): x", "rollout 1 to x: progressing (x), wave 1 of 2, 0 of 2 nodes ready",
            "warning 60s ago: x",
        ] {
            #expect(text.contains(part), "\(part)\n\(text)")
        }
    }

    @Test("a watch draws over itself on a terminal, and prints only what is new elsewhere")
    func live() {
        let terminal = Recorder()
        let drawn = LiveView(terminal.console(isTerminal: true, width: 10))
        drawn.show(["one", "a line that is too long"], line: "")
        drawn.show(["two"], line: "")
        #expect(terminal.out == "one\na line th…\n\u{1b}[2A\r\u{1b}[Jtwo\n")
        let file = Recorder()
        let printed = LiveView(file.console())
        for line in ["a", "a", "b"] { printed.show(["picture"], line: line) }
        #expect(file.out == "a\nb\n")
    }
}
