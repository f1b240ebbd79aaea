/// One line that a stage wrote on a node.
package struct LogLine: Codable, Sendable, Equatable {
    /// Rises within one task on one node and one boot of its manager: a line that is sent twice is kept once.
    package var sequence: Int
    package var at: Instant
    package var task: String
    package var node: String
    /// `data`, `model`, `train`, `evaluate`, `check`, `prepare` or `manager`.
    package var stage: String
    package var epoch: Int?
    package var text: String

    package init(
        sequence: Int,
        at: Instant,
        task: String,
        node: String,
        stage: String,
        epoch: Int? = nil,
        text: String
    ) {
        self.sequence = sequence
        self.at = at
        self.task = task
        self.node = node
        self.stage = stage
        self.epoch = epoch
        self.text = text
    }
}
