import API
import Artifacts
import Core
import Foundation

/// All that must survive of one task on this node; written as a whole, before what follows from it is done.
struct TaskRecord: Codable, Sendable, Equatable {
    var ledger: NodeLedger
    var keys = TaskKeys()
    /// What was active, newest first, the active one included.
    var kept: [Assignment] = []

    init(task: String) { ledger = NodeLedger(task: task) }

    /// `nil` where there is none.
    static func read(_ task: String, in folder: DataFolder) throws -> TaskRecord? {
        let place = folder.record(of: task)
        guard let data = FileManager.default.contents(atPath: place.path) else { return nil }
        do {
            return try JSONDecoder().decode(TaskRecord.self, from: data)
        } catch {
            throw ManagerError(
                "\(place.path) is damaged (\(error)): remove it, and the node starts this task from nothing"
            )
        }
    }

    func write(to folder: DataFolder) throws {
        try Durable.write(JSONEncoder().encode(self), to: folder.record(of: ledger.task), mode: 0o600)
    }

    /// Takes what became active to the front, and keeps `most` altogether.
    mutating func keep(_ assignment: Assignment, most: Int) {
        kept.removeAll { $0.digest == assignment.digest }
        kept = [assignment] + kept.prefix(max(0, most - 1))
    }

    /// The assignments whose revisions may not be thrown away: what is or may soon be used, and what is kept.
    var needed: [Assignment] {
        let used = [ledger.active, ledger.desired, ledger.preparing, ledger.prepared, ledger.activating]
        return used.compactMap { $0 } + kept
    }
}

/// With what a node proves itself in the rounds of one task. On disk too, so that a round can go on where the manager
/// was restarted and the controller is away.
struct TaskKeys: Codable, Sendable, Equatable {
    /// Of a client, for the ticket of `epoch`.
    var ticket: String?
    /// Of a server, for the ticket of `epoch`.
    var round: String?
    var epoch: Int?
    /// With which a server node's engine checks grants.
    var models: String?

    init() {}

    init(_ desired: DesiredTask) {
        ticket = desired.ticketKey
        round = desired.roundKey
        epoch = desired.ticket?.epoch
        models = desired.modelsKey
    }
}
