import Commands
import Core
import Foundation
import TestSupport
import Testing

/// `fedops demo` as a new user runs it: real processes, a real remote, real data, and what it says about itself.
@Suite struct DemoTests {
    @Test("ten rounds on real data, on two revisions, never on a mix of them", .timeLimit(.minutes(15)))
    func demo() async throws {
        try await withFixture { fixture in
            let folder = fixture.url("demo")
            let example = try Self.examples
            let output = try await runProcess(
                try Products.fedops.path,
                ["demo", "--example", example.path, "--folder", folder.path, "-o", "json"],
                timeout: .seconds(800)
            )
            try #require(output.status == 0, "\(output.stderr.suffix(4000))")
            let summary = try JSONDecoder().decode(DemoSummary.self, from: Data(output.stdout.utf8))

            #expect(summary.revisions.map(\.tag) == ["v1.0.0", "v1.1.0"])
            let (first, second) = (summary.revisions[0], summary.revisions[1])
            #expect(first.commit != second.commit)
            #expect(first.digest != nil && second.digest != nil)

            // Rounds go on counting over the change of revision, and no commit comes back.
            #expect(summary.rounds.map(\.round) == Array(1...10))
            let commits = summary.rounds.map(\.commit)
            let onFirst = commits.prefix { $0 == first.commit }.count
            #expect(onFirst >= 3, "v1.1.0 was pushed after the third round")
            #expect(onFirst < 10 && commits.dropFirst(onFirst).allSatisfy { $0 == second.commit })
            #expect(summary.rounds.allSatisfy { $0.participants == ["east", "north", "south"] })
            #expect(summary.models.map(\.version) == Array(1...10))
            #expect(summary.models.map(\.commit) == commits)

            // While nodes moved, the gate named each of them with what it reported and what was wanted.
            #expect(!summary.gateClosed.isEmpty)
            #expect(summary.gateClosed.allSatisfy { $0.wants == second.commit.text })
            #expect(summary.gateClosed.contains { $0.reports == first.commit.text })

            let central = try await Self.centralAccuracy(of: example, with: folder)
            let federated = try #require(summary.rounds.last?.accuracy)
            #expect(federated > central - 0.02, "federated \(federated), all data together \(central)")
        }
    }

    static var examples: URL {
        get throws {
            let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent()
            return root.appending(path: "examples-repo")
        }
    }

    /// What the example's own script reaches without federation, in the environment that a node of the demo made.
    static func centralAccuracy(of example: URL, with demo: URL) async throws -> Double {
        let environments = demo.appending(path: "north/envs")
        let digest = try #require(
            try FileManager.default.contentsOfDirectory(atPath: environments.path).first { !$0.hasPrefix(".") }
        )
        struct Marker: Decodable { var name: String }
        let folder = environments.appending(path: digest)
        let marker = try JSONDecoder().decode(
            Marker.self,
            from: try Data(contentsOf: folder.appending(path: "environment.json"))
        )
        let output = try await requireProcess(
            folder.appending(path: "\(marker.name)/bin/python").path,
            ["train.py"],
            in: example,
            environment: ["PYTHONDONTWRITEBYTECODE": "1"]
        )
        let number = try #require(output.matches(of: /accuracy\D*([01]\.\d+)/).last?.output.1, "\(output)")
        return try #require(Double(number))
    }
}
