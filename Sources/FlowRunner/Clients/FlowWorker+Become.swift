import Core
import Foundation
import Synchronization

extension FlowWorker {
    /// Goes on as another client: its name, labels, data and randomness, with nothing left of the one before but what is
    /// imported and the whole set of data. Of the user's own code, what it keeps in its modules stays.
    ///
    /// - Returns: What its share of the data came to, where it was asked to describe it.
    @discardableResult
    package func become(_ client: PlayedClient, timeout: Duration) async throws(StageFailure) -> ClientShare? {
        do {
            try PrivateFolder.make(client.state)
            if configuration.flow.stages.data.command != nil {
                if FileManager.default.fileExists(atPath: dataFolder.path) {
                    try FileManager.default.removeItem(at: dataFolder)
                }
                try PrivateFolder.make(dataFolder)
            }
        } catch {
            throw StageFailure(stage: "data", kind: .crash, message: "\(client.state.path): \(error)")
        }
        let hasPython = state.withLock { state in
            state.played = client
            state.hasData = false
            return state.python != nil
        }
        guard hasPython else { return nil }
        return try await call(stage: "data", timeout: timeout) {
            var request = Request(id: $0, operation: .become)
            request.client = client
            return request
        }.split
    }

    /// What of the node the data stage is given, of `node`, `labels` and `labels.NAME`; known once the worker has started,
    /// and empty where the data stage is a command.
    package var dataTakes: [String] { state.withLock { $0.dataTakes } }

    /// The worker's configuration, as the client that it plays has it.
    var current: WorkerConfiguration {
        guard let client = state.withLock({ $0.played }) else { return configuration }
        var configuration = configuration
        configuration.node = client.node
        configuration.labels = client.labels
        configuration.state = client.state
        return configuration
    }
}
