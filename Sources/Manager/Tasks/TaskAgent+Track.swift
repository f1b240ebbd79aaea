import Core
import Engines
import Foundation

extension TaskAgent {
    static func trackers(of task: String, _ services: NodeServices) -> TrackerSetup {
        let logs = services.logs
        var setup = TrackerSetup(task: task, folder: services.folder.trackers(of: task)) { text in
            for line in text.split(whereSeparator: \.isNewline) {
                logs.append(task: task, stage: "trackers", String(line))
            }
        }
        setup.site = services.options.trackers
        setup.environment = services.options.environment
        return setup
    }

    /// Leaves a round that counts to the trackers.
    func track(_ ticket: Ticket, _ finished: FinishedRound, _ engine: EmbeddedEngine) {
        let reference = ModelReference(version: ticket.version, digest: finished.model)
        let active = snapshot.ledger.active
        trackers?.record(
            ticket,
            finished,
            release: active?.commit == ticket.commit ? active?.name : nil,
            model: engine.url(ofModel: reference, task: task),
            at: services.clock.now()
        )
    }

    /// The task is gone: what waits goes with it, trackers' own files stay.
    func forgetTrackers() {
        let folder = services.folder.trackers(of: task)
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        where name != TrackerSetup.filesName {
            try? FileManager.default.removeItem(at: folder.appending(path: name))
        }
    }
}
