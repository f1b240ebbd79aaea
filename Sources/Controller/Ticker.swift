import Artifacts
import Core
import Logging

/// Lets time pass: for leases and deadlines, for polls that are due, and for streams that have to show that they live.
struct Ticker: Sendable {
    var site: ControllerSite
    var tasks: TaskRegistry
    var nodes: NodeRegistry
    var effects: EffectExecutor
    var cleanUp: WriterTurns

    private static let cleanUpInterval = 24.0 * 3600

    func run() async {
        var (beat, stored, cleaned) = (site.now(), site.now(), site.now())
        cleanUp.collectWhenQuiet()
        while !Task.isCancelled {
            let instant = site.now()
            for entry in tasks.all {
                entry.mailbox.tick()
                entry.poller.tick(at: instant)
            }
            effects.tick(at: instant)
            if instant.seconds(since: beat) >= site.options.heartbeat {
                beat = instant
                site.signals.heartbeat()
            }
            if instant.seconds(since: stored) >= 60 {
                stored = instant
                storeSeen()
            }
            if instant.seconds(since: cleaned) >= Self.cleanUpInterval {
                cleaned = instant
                cleanUp.collectWhenQuiet()
            }
            try? await Task.sleep(for: .seconds(site.options.tick))
        }
        storeSeen()
    }

    private func storeSeen() {
        do { try nodes.store() } catch {
            site.logger.error("when nodes were seen was not stored", metadata: ["error": "\(error)"])
        }
    }
}
