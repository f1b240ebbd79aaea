import Foundation
import TestSupport
import Testing

@testable import FlowRunner

@Suite(.serialized) struct LogTests {
    @Test func whateverWritesIsLoggedUnderItsStageAndTheProtocolStaysWhole() async throws {
        try await withFixture { fixture in
            let code = """
                import os, subprocess, sys
                import numpy as np
                print("imported")
                def data(): return np.zeros(3)
                def model():
                    sys.stdout.write("no newline")
                    return [np.zeros(1)]
                def train(model, data):
                    print('{"id": 2, "examples": 99}')
                    os.write(1, b"raw \\xff bytes\\n")
                    subprocess.run(["sh", "-c", "echo from a child; echo to error >&2"])
                    print("bar  10%\\rbar  50%\\rbar 100%")
                    print("x" * 100000)
                    assert sys.stdin.read() == ""
                    sys.stdout.close(); os.close(2)
                def evaluate(model, data): return {"ok": 1}
                """
            let project = try Project(
                fixture,
                files: ["flow.py": code],
                stages: Project.functions,
                python: try await PythonEnvironment.sklearn.python()
            )
            try await project.start()
            #expect(try await project.round().examples == 3)
            let lines = project.log.text("train")
            #expect(
                lines.prefix(4) == [#"{"id": 2, "examples": 99}"#, "raw \u{fffd} bytes", "from a child", "bar 100%"]
            )
            #expect(lines.last?.hasSuffix("… (cut, the line has 100000 bytes)") == true)
            #expect(lines.last.map { $0.utf8.count < 17000 } == true)
            #expect(project.log.text("train", .stderr) == ["to error"])
            #expect(project.log.text("model") == ["no newline"])
            #expect(project.log.text("data") == [])
            #expect(project.log.text("start") + project.log.text("data") == ["imported"])
            #expect(try await project.worker.evaluate(model: project.base, project.context()).metrics == ["ok": 1])
        }
    }

    @Test func aFloodNeitherBlocksTheWorkerNorReachesTheLog() async throws {
        try await withFixture { fixture in
            let code = """
                import numpy as np
                def data(): return np.zeros(3)
                def model(): return [np.zeros(1)]
                def train(model, data):
                    for number in range(200000): print("line", number)
                def evaluate(model): return {}
                """
            let project = try Project(
                fixture,
                files: ["flow.py": code],
                stages: Project.functions,
                python: try await PythonEnvironment.sklearn.python()
            )
            try await project.start()
            _ = try await project.round()
            // Each line is either there or counted as dropped.
            let lines = try await eventually("all lines are told of", within: .seconds(120)) { () -> [String]? in
                let lines = project.log.text("train")
                let notices = lines.filter { $0.hasPrefix("(") }
                let dropped = notices.compactMap { Int($0.dropFirst().prefix { $0.isNumber }) }.reduce(0, +)
                return dropped + lines.count - notices.count == 200_000 ? lines : nil
            }
            #expect(lines.count > 4000 && lines.count < 100_000)
        }
    }

    @Test func linesAreCutAtNewlinesMarksAndReturns() {
        var splitter = LineSplitter()
        var pieces: [LineSplitter.Piece] = []
        func feed(_ text: String) {
            Array(text.utf8).withUnsafeBytes { splitter.feed($0) { pieces.append($0) } }
        }
        feed("one\r\n\ntw")
        feed("o\u{1e}mark here\nthree\rfour")
        splitter.finish { pieces.append($0) }
        #expect(pieces == [.line("one"), .line(""), .line("two"), .mark("mark here"), .line("four")])
    }

    @Test func aLineWithoutEndKeepsLittle() {
        var splitter = LineSplitter()
        var lines: [String] = []
        let block = [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20)
        for _ in 0..<8 {
            block.withUnsafeBytes { bytes in
                splitter.feed(bytes) { if case .line(let text) = $0 { lines.append(text) } }
            }
        }
        splitter.finish { if case .line(let text) = $0 { lines.append(text) } }
        #expect(lines.count == 1)
        #expect(lines[0].hasSuffix("(cut, the line has \(8 << 20) bytes)"))
        #expect(lines[0].utf8.count < LineSplitter.limit + 100)
    }

    @Test func theLimitLetsABurstThroughAndThenARate() {
        var limit = FloodLimit()
        let begin = ContinuousClock.now
        let admitted = (0..<20_000).count { limit.admit(at: begin + .milliseconds($0) / 10) }
        // The burst, and what two seconds add to it, in whole blocks.
        #expect((5000...6000).contains(admitted))
        let notices = [limit.takeNotice(), limit.takeNotice()]
        #expect(notices[0]?.hasPrefix("(\(20_000 - admitted) lines dropped here") == true)
        #expect(notices[1] == nil)
        let admitsLater = limit.admit(at: begin + .seconds(60))
        #expect(admitsLater)
    }
}
