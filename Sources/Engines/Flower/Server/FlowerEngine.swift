package import Core

/// Rounds over Flower: the account of a round, its files, its deadlines and its sum are the embedded engine's, and what
/// moves between the nodes moves in Flower's messages.
package struct FlowerEngine: AggregationEngine {
    private let engine: EmbeddedEngine
    private let link: FlowerLink

    package init(_ engine: EmbeddedEngine, link: FlowerLink) {
        self.engine = engine
        self.link = link
    }

    package func conduct(_ order: RoundOrder) async -> RoundResult {
        await engine.conduct(order) { [engine, link] desk in
            await RoundCourier(engine: engine, link: link, desk: desk).carry()
        }
    }

    package func settle(_ result: RoundResult, task: String, answer: ResultAnswer) async throws {
        try await engine.settle(result, task: task, answer: answer)
    }
}
