package import Core
import GRDB

extension Store {
    /// A task's rollouts, newest first.
    package func rollouts(_ task: String, limit: Int = 1000) throws(StoreError) -> [Rollout] {
        try documents(Rollout.self, "rollouts WHERE task = ? ORDER BY number DESC LIMIT ?", [task, limit])
    }

    package func rollout(_ task: String, _ number: Int) throws(StoreError) -> Rollout? {
        try documents(Rollout.self, "rollouts WHERE task = ? AND number = ?", [task, number]).first
    }

    /// A task's runs, newest first.
    package func runs(_ task: String, limit: Int = 1000) throws(StoreError) -> [Run] {
        try documents(Run.self, "runs WHERE task = ? ORDER BY number DESC LIMIT ?", [task, limit])
    }

    package func run(_ task: String, _ number: Int) throws(StoreError) -> Run? {
        try documents(Run.self, "runs WHERE task = ? AND number = ?", [task, number]).first
    }

    /// All attempts at rounds of one run, or of all runs, oldest first.
    package func rounds(_ task: String, run: Int? = nil) throws(StoreError) -> [RoundRecord] {
        guard let run else {
            return try documents(RoundRecord.self, "rounds WHERE task = ? ORDER BY epoch", [task])
        }
        return try documents(RoundRecord.self, "rounds WHERE task = ? AND run = ? ORDER BY epoch", [task, run])
    }

    /// A task's global models, newest first.
    package func models(_ task: String, limit: Int = 1000) throws(StoreError) -> [ModelRecord] {
        try documents(ModelRecord.self, "models WHERE task = ? ORDER BY version DESC LIMIT ?", [task, limit])
    }

    package func model(_ task: String, _ version: Int) throws(StoreError) -> ModelRecord? {
        try documents(ModelRecord.self, "models WHERE task = ? AND version = ?", [task, version]).first
    }

    private func documents<Value: Decodable>(
        _ type: Value.Type,
        _ rest: String,
        _ arguments: StatementArguments
    ) throws(StoreError) -> [Value] {
        try read { db in
            try String.fetchAll(db, sql: "SELECT document FROM \(rest)", arguments: arguments)
                .map { try Document.decode(type, from: $0) }
        }
    }
}
