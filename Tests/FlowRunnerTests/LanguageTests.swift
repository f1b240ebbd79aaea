import FlowRunner
import Foundation
import TestSupport
import Testing

/// Stages without Python: a program in C, which a build step compiles, and scripts of the shell, awk and od.
@Suite struct LanguageTests {
    @Test func aProgramInCAndScriptsLearnOverThreeNodes() async throws {
        try await withFixture { fixture in
            let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Projects/centre")
            try FileManager.default.copyItem(at: folder, to: fixture.url("revision"))
            try await requireProcess("cc", ["-O1", "-o", "stage", "stage.c"], in: fixture.url("revision"))
            var nodes: [Project] = []
            for site in 1...3 {
                let node = try Project(
                    fixture,
                    stages: """
                        {"data": {"command": ["./data.sh"], "with": {}}, "model": {"command": ["./stage", "model"], "with": {}},
                         "train": {"command": ["/bin/sh", "-c", "./stage train"], "with": {}},
                         "evaluate": {"command": ["./evaluate.sh"], "with": {}}}
                        """,
                    python: nil,
                    node: "node-\(site)",
                    labels: ["site": "\(site)"]
                )
                try await node.start()
                nodes.append(node)
            }
            let federation = try await Federation(fixture, nodes.map(\.worker))
            let history = try await federation.run(rounds: 3, epochs: 4)
            // 10 numbers around 1, 20 around 2 and 30 around 3.
            let mean = 140.0 / 60
            #expect(try abs(numbers(federation.global, "centre")[0] - mean) < 0.01)
            let away = (10 * (mean - 1) + 20 * (mean - 2) + 30 * (3 - mean)) / 60
            #expect(abs((history[2]["away"] ?? 9) - away) < 0.01, "\(history)")
        }
    }
}
