package import Core
package import Foundation
package import Logging
import ServiceLifecycle
import Synchronization

/// The engine in the server node's manager: it hands out models, takes updates, and averages them, over HTTP.
///
/// All that it has to keep is in its folder, and it can be stopped at any moment: a round that was under way is reported
/// as failed by the next process, a result that was reached is reported again.
package final class EmbeddedEngine: AggregationEngine, Service {
    let folder: EngineFolder
    let configuration: EngineConfiguration
    let logger: Logger
    let now: @Sendable () -> Instant
    let registry = RoundRegistry()
    /// Updates being added to sums, over all rounds.
    let inFlight: Slots
    private let keys = Mutex<[String: String]>([:])
    private let protected = Mutex<[String: Int?]>([:])
    private let bound = Mutex<Int?>(nil)
    /// Held by whoever moves a model on the disk.
    private let shelf = Mutex<Void>(())
    private let listening = Broadcast()

    /// - Parameters:
    ///   - folder: The engine's own; one process at a time may use it.
    ///   - now: The controller's clock, against which the deadlines of tickets and grants count.
    package init(
        folder: URL,
        configuration: EngineConfiguration,
        logger: Logger,
        now: @escaping @Sendable () -> Instant
    ) throws {
        self.folder = try EngineFolder(root: folder)
        self.configuration = configuration
        self.logger = logger
        self.now = now
        inFlight = Slots(configuration.updatesInFlight)
    }

    /// Serves until the calling task is cancelled or its service group shuts down.
    package func run() async throws {
        try await EngineServer(engine: self).run { port in
            self.bound.withLock { $0 = port }
            self.listening.wake()
        }
    }

    /// The port that clients reach; waits until `run` listens, and is `nil` when it doesn't within `seconds`.
    package func port(waiting seconds: Double = 30) async -> Int? {
        await listening.wait(upTo: seconds) { self.bound.withLock { $0 } }
    }

    /// Requests that wait for a round which isn't open yet.
    package var waitingRequests: Int { registry.waiting }

    /// Lets grants that were made with `key` fetch the task's models.
    package func grantModels(task: String, key: String) {
        keys.withLock { $0[task] = key }
    }

    func modelsKey(task: String) -> String? {
        keys.withLock { $0[task] }
    }

    /// The file of a numbered model; `nil` where it isn't on this node.
    package func url(ofModel reference: ModelReference, task: String) -> URL? {
        (try? folder.task(task))?.model(reference)?.url
    }

    package func hasModel(task: String, _ reference: ModelReference) -> Bool {
        url(ofModel: reference, task: task) != nil
    }

    /// Keeps this model of the task however many newer ones there are; another, or none, from the next call on.
    package func protect(task: String, _ reference: ModelReference?) {
        guard let folder = try? folder.task(task) else { return }
        let version = reference?.version
        let isNews = protected.withLock { known in
            defer { known[task] = version }
            return known[task] != version
        }
        guard isNews, folder.protected() != version else { return }
        do {
            try folder.protect(version)
        } catch {
            // It holds for as long as this process lives, and the next document says it again to the next one.
            logger.warning("best model not written down", metadata: ["task": "\(task)", "error": "\(error)"])
        }
    }

    /// The version that is protected; of what an earlier process was told, where this one hasn't been told.
    func protectedVersion(_ task: String, _ folder: TaskFolder) -> Int? {
        protected.withLock { $0[task] } ?? folder.protected()
    }

    /// Makes sure that the newest global model, as the controller names it, is kept: the answer that promoted it may
    /// have been lost on its way. Returns whether the model is there.
    package func keepModel(task: String, _ reference: ModelReference) async throws -> Bool {
        let folder = try folder.task(task)
        let instant = now()
        return try await onShelf { try folder.keep(reference, at: instant) }
    }

    /// Runs what moves models on the disk, one at a time: that a round's model is promoted is learned from the answer
    /// to its result and from the next document, which come at the same moment.
    func onShelf<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await Blocking.run { [self] in try shelf.withLock { _ in try body() } }
    }

    /// The highest version on this node's disk; `nil` where there is none.
    package func newestModel(task: String) -> Int? { (try? folder.task(task))?.versions.max() }

    /// What stands beside a numbered model's file.
    package func storedModel(task: String, version: Int) -> StoredModel? {
        (try? folder.task(task))?.stored(version)
    }
}
