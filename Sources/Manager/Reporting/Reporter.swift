import API
import ControllerClient
import Core
import Logging
import Synchronization

/// Tells the controller what this node does: at each change, and as a heartbeat. One report is under way at a time, so
/// that they arrive in order, and changes meanwhile make one more.
final class Reporter: Sendable {
    private let services: NodeServices
    private let roster: Roster
    private let boot: Int
    private let bootID: String
    private let host: HostReader
    private let sequence = Mutex(0)
    private let engineURL: Mutex<String?>

    init(services: NodeServices, roster: Roster, boot: Int, bootID: String) {
        self.services = services
        self.roster = roster
        self.boot = boot
        self.bootID = bootID
        host = HostReader(folder: services.folder.root)
        engineURL = Mutex(nil)
    }

    /// Where clients reach the engine, known once that listens.
    func reachEngine(at url: String) {
        engineURL.withLock { $0 = url }
        services.report()
    }

    /// Reports until it is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                while (try? await Task.sleep(for: .seconds(self.roster.heartbeat))) != nil { self.services.report() }
            }
            var backoff = Backoff(first: 0.5, longest: 15)
            var isAway = false
            services.report()
            for await _ in services.report.wakes {
                do {
                    try await send()
                    if isAway { services.logger.notice("controller is back") }
                    isAway = false
                    backoff.reset()
                } catch {
                    guard !Task.isCancelled else { break }
                    if !isAway { services.logger.warning("report can't be sent", metadata: ["error": "\(error)"]) }
                    isAway = true
                    try? await Task.sleep(for: backoff.next())
                    services.report()
                }
            }
            group.cancelAll()
        }
    }

    /// One report, and what the controller answers to it.
    func send() async throws {
        let sequence = sequence.withLock { sequence in
            sequence += 1
            return sequence
        }
        var report = NodeReport(
            node: services.registration.node,
            order: ReportOrder(boot: boot, bootID: bootID, sequence: sequence),
            version: services.options.version,
            host: host.read(),
            engineURL: engineURL.withLock { $0 }
        )
        report.tasks = roster.reports()
        let sent = services.clock.moment
        let document = try await services.client.report(report)
        services.clock.take(document.time, sent: sent)
        roster.take(document)
    }
}
