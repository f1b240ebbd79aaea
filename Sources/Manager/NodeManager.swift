import Artifacts
import ControllerClient
import Core
import Engines
import Foundation
package import Logging
import ServiceLifecycle

/// The agent on a node: it learns what the node should run, brings that to this disk, runs it, and reports.
///
/// Everything that must survive is in its data folder; it may be killed at any moment and started again.
package final class NodeManager: Service {
    private let services: NodeServices
    private let roster: Roster
    private let reporter: Reporter
    private let watcher: Watcher

    /// Takes the data folder and counts this start. Throws ``ManagerError`` where the node hasn't joined, another
    /// manager runs on the folder, or what is in it is damaged.
    package init(_ options: ManagerOptions, logger: Logger) throws {
        let folder = try DataFolder(options.dataFolder)
        let registration = try Registration(readingFrom: options.dataFolder)
        var logger = logger
        logger[metadataKey: "node"] = "\(registration.node)"
        let boot = try folder.beginBoot()
        let bootID = UUID().uuidString.lowercased()
        let client = try ControllerClient(url: registration.controller, token: registration.secret, caller: .node)
        let blobs = try BlobStore(root: folder.blobs)
        let clock = ControllerClock()
        let keeper = Housekeeping(folder: folder, blobs: blobs, logger: logger)
        let housekeeping = WriterTurns { keeper.collect() }
        var engine: EmbeddedEngine?
        if registration.role == .server {
            _ = try Self.engineURL(options, port: options.enginePort)
            engine = try EmbeddedEngine(
                folder: folder.engine,
                configuration: EngineConfiguration(host: options.engineHost, port: options.enginePort),
                logger: logger,
                now: { clock.now() }
            )
        }
        services = NodeServices(
            registration: registration,
            options: options,
            folder: folder,
            blobs: blobs,
            client: client,
            clock: clock,
            logs: LogShipper(
                client: client,
                node: registration.node,
                boot: boot,
                place: folder.spool,
                limit: options.logLines,
                now: { clock.now() },
                logger: logger
            ),
            preparer: Preparer(folder: folder, blobs: blobs, client: client, housekeeping: housekeeping),
            housekeeping: housekeeping,
            engine: engine,
            report: Nudge(),
            logger: logger
        )
        roster = try Roster(services: services)
        reporter = Reporter(services: services, roster: roster, boot: boot, bootID: bootID)
        watcher = Watcher(services: services, roster: roster)
        logger.info(
            "manager begins",
            metadata: ["role": "\(registration.role.rawValue)", "controller": "\(client.address)", "boot": "\(boot)"]
        )
    }

    /// The node's name.
    package var node: String { services.registration.node }

    /// Works until it is cancelled or its service group shuts down; then it stops stages and workers, tells the
    /// controller, and returns within seconds.
    package func run() async throws {
        let quit = Stop()
        try await withGracefulShutdownHandler {
            defer { services.folder.release() }
            var failure: (any Error)?
            do {
                try await quit.cancelling { try await self.work() }
            } catch is CancellationError {
                services.logger.info("manager ends")
            } catch {
                failure = error
            }
            await services.logs.finish(within: .seconds(2))
            // One that is cancelled, not told to shut down, has no time for words.
            if !Task.isCancelled { await leave(within: .seconds(2)) }
            if let failure { throw failure }
        } onGracefulShutdown: {
            quit.fire()
        }
    }

    private func work() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.roster.run() }
            group.addTask { await self.watcher.run() }
            group.addTask { await self.services.logs.run() }
            if let engine = services.engine {
                group.addTask { try await engine.run() }
                group.addTask {
                    guard let port = await engine.port() else { return }
                    self.reporter.reachEngine(at: try Self.engineURL(self.services.options, port: port))
                }
            }
            group.addTask { await self.reporter.run() }
            try await group.waitForAll()
        }
    }

    /// The last report: what was under way has been put down.
    private func leave(within limit: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await self.roster.disclaim()
                try? await self.reporter.send()
            }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }

    private static func engineURL(_ options: ManagerOptions, port: Int) throws -> String {
        if let advertise = options.advertise {
            guard let parts = URLComponents(string: advertise), ["http", "https"].contains(parts.scheme),
                parts.host?.isEmpty == false, parts.query == nil
            else {
                throw ManagerError("\"\(advertise)\" can't be told to clients: write it as http://host:port")
            }
            return advertise
        }
        let host = options.engineHost
        guard !["0.0.0.0", "::", "[::]", "*"].contains(host) else {
            throw ManagerError(
                "the engine listens on \(host), which says nothing of where clients reach it: give --advertise http://host:port"
            )
        }
        return "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
