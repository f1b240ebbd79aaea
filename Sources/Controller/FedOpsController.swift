import Artifacts
import Core
import Foundation
import Git
package import Logging
import ServiceLifecycle
import Store

/// The control plane of one installation: polls, builds, moves nodes, opens rounds, and answers over HTTP.
package final class FedOpsController: Service {
    private let services: Services
    private let operatorToken: String
    private let onListening: @Sendable (String) -> Void

    /// Seconds after a graceful shutdown began at which connections that are still open are cut.
    private static let patience = 5.0

    /// Takes the data folder and reads what is in it; nothing runs before ``run()``.
    ///
    /// - Parameter onListening: Told the server's URL once it takes requests.
    /// - Throws: `ControllerStartError` or `StoreError`, both for people.
    package init(
        _ options: ControllerOptions,
        logger: Logger,
        onListening: @escaping @Sendable (_ url: String) -> Void = { _ in }
    ) throws {
        let folder = try DataFolder(options.dataFolder)
        // First of all, since it holds the lock against a second controller.
        let store = try Store(path: folder.database)
        operatorToken = try folder.operatorToken()
        self.onListening = onListening
        let site = ControllerSite(
            options: options,
            folder: folder,
            store: store,
            blobs: try BlobStore(root: folder.blobs),
            artifactKey: try folder.signingKey(),
            git: GitNetwork(executable: options.executable, home: folder.gitHome),
            signals: Signals(),
            metrics: Metrics(),
            logger: logger
        )
        let tasks = TaskRegistry(site)
        let cleanUp = WriterTurns { CleanUp(site).collect() }
        let effects = EffectExecutor(site, tasks, cleanUp)
        services = Services(
            site: site,
            started: site.now(),
            tasks: tasks,
            nodes: try NodeRegistry(site),
            effects: effects,
            documents: try DesiredDocuments(site, tasks),
            cleanUp: cleanUp
        )
        for stored in try store.loadTasks() {
            var state = stored.task
            state.lease = options.lease
            try tasks.start(state, stored.source) { [weak effects] in effects?.nudge() }
        }
    }

    /// Runs until it is cancelled, or told to shut down gracefully: then open streams end, requests under way are
    /// answered, and builds are stopped, to be begun again at the next start.
    package func run() async throws {
        let services = services
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { await services.tasks.run() }
            for entry in services.tasks.all {
                try await MemberReconciler.reconcile(entry.mailbox, with: services.nodes)
            }
            group.addTask { await services.effects.run() }
            group.addTask {
                await Ticker(
                    site: services.site,
                    tasks: services.tasks,
                    nodes: services.nodes,
                    effects: services.effects,
                    cleanUp: services.cleanUp
                ).run()
            }
            let server = ControllerServer(
                services: services,
                operatorToken: operatorToken,
                onListening: onListening
            )
            group.addTask { try await server.run() }
            group.addTask {
                try await gracefulShutdown()
                try await Task.sleep(for: .seconds(Self.patience))
            }
            services.site.logger.info("controller started", metadata: ["tasks": "\(services.tasks.all.count)"])
            // Whichever ends first ends the others: the server when it has shut down, or a failure.
            do { try await group.next() } catch is CancellationError where Task.isCancelled {}
        }
        services.site.logger.info("controller stopped")
    }
}
