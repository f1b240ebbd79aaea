import Core
import Synchronization

/// What the server node knows of the SuperNodes of one task: where SuperLink is, which of its numbers is which node, and
/// what is on its way to them.
final class FlowerFleet: Sendable {
    private struct State {
        var port: Int?
        /// SuperLink's number of each node, by the node's name.
        var numbers: [String: UInt64] = [:]
        /// Counts what was sent, so that a request for messages needn't be repeated before there may be one.
        var sent = 0
        /// Contents that are being handed to SuperLink: a message of them is there before all of it is.
        var sending = 0
        /// What a node was given and hasn't confirmed: its connection may have broken meanwhile.
        var unconfirmed: [String: [UInt8]] = [:]
    }

    let task: String
    /// Wakes at each change of this and of the task's link.
    let changes = Broadcast()
    private let state = Mutex(State())

    init(task: String) { self.task = task }

    /// Where SuperLink listens on loopback, while it does.
    var port: Int? { state.withLock { $0.port } }

    /// SuperLink is there or gone. One that comes back knows the nodes that it knew.
    func listens(at port: Int?) {
        state.withLock { state in
            state.port = port
            state.unconfirmed = [:]
        }
        changes.wake()
    }

    func number(of node: String) -> UInt64? { state.withLock { $0.numbers[node] } }

    /// SuperLink has given a node's SuperNode this number; one that the node had before is nobody's any more.
    func admit(_ node: String, as number: UInt64) {
        state.withLock { state in
            state.numbers[node] = number
            state.unconfirmed[node] = nil
        }
        changes.wake()
    }

    // MARK: - Messages

    func sending<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        state.withLock { $0.sending += 1 }
        defer {
            state.withLock { state in
                state.sending -= 1
                state.sent += 1
            }
            changes.wake()
        }
        return try await body()
    }

    /// How much was sent so far; `nil` while something is being sent.
    var sent: Int? { state.withLock { $0.sending == 0 ? $0.sent : nil } }

    /// What a node was given last, where it hasn't confirmed that yet.
    func unconfirmed(by node: String) -> [UInt8]? { state.withLock { $0.unconfirmed[node] } }
    func gave(_ answer: [UInt8], to node: String) { state.withLock { $0.unconfirmed[node] = answer } }
    func confirmed(by node: String) { state.withLock { $0.unconfirmed[node] = nil } }
    /// Nothing that was on its way is of use any more.
    func forget() { state.withLock { $0.unconfirmed = [:] } }
}

/// The fleets of a server node's tasks.
final class FleetRegistry: Sendable {
    private let fleets = Mutex<[String: FlowerFleet]>([:])

    subscript(task: String) -> FlowerFleet? { fleets.withLock { $0[task] } }

    /// Puts it in, in the place of one that may still be there of the task.
    func add(_ fleet: FlowerFleet) { fleets.withLock { $0[fleet.task] = fleet } }

    func remove(_ fleet: FlowerFleet) {
        fleets.withLock { fleets in
            if fleets[fleet.task] === fleet { fleets[fleet.task] = nil }
        }
    }
}
