import Core
import Engines
import Foundation
import TestSupport
import Testing

@Suite struct ManyClientsTests {
    @Test("twenty clients at once are all counted, each once, and their mean is right")
    func twenty() async throws {
        try await withEngine { running in
            let nodes = (1...20).map { "site-\($0)" }
            let ticket = try running.ticket(clients: nodes, minimum: 20)
            let size = 100_000
            var parts: [String: Part] = [:]
            for (index, node) in nodes.enumerated() {
                let update = try TestModel.of([Float](repeating: Float(index + 1), count: size))
                parts[node] = Part(update: update, examples: index + 1)
            }
            let result = try await running.play(ticket, first: parts["site-1"]?.update, parts)
            let finished = try result.finished()
            #expect(finished.contributions.map(\.node) == nodes)
            #expect(finished.contributions.map(\.examples) == Array(1...20))
            // The sum of squares over the sum: 2870 / 210.
            let candidate = running.folder.appending(path: "tasks/digits/rounds/1/candidate.safetensors")
            let values = try TestModel.values(at: candidate)
            #expect(values.count == size && values.allSatisfy { abs($0 - 2870.0 / 210) < 1e-5 })
        }
    }
}
