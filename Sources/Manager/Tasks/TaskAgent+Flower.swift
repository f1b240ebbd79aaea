import ControllerClient
import Core
import Engines
import FlowRunner
import Foundation
import Synchronization

/// This node's side of Flower, where the active revision's flow says `engine: flower`.
struct FlowerSide: Sendable {
    enum Part: Sendable {
        /// On the server node.
        case link(FlowerLink)
        /// On a client.
        case node(FlowerNode)
    }

    /// The artifact that it was made for; it outlives the workers of that.
    var digest: ContentDigest
    var part: Part
    var stop: Stop

    var link: FlowerLink? { if case .link(let link) = part { link } else { nil } }
    var node: FlowerNode? { if case .node(let node) = part { node } else { nil } }

    func run() async {
        switch part {
        case .link(let link): await link.run()
        case .node(let node): await node.run()
        }
    }
}

extension TaskAgent {
    /// Has this node's side of Flower running before the node says that its worker is ready; ends it where the worker is
    /// of a flow without Flower.
    func raiseFlower(_ assignment: Assignment, _ worker: FlowWorker) {
        let configuration = worker.configuration
        guard configuration.flow.engine == .flower, let python = configuration.python else { return lowerFlower() }
        guard state.withLock({ $0.flower?.digest }) != assignment.digest else { return }
        lowerFlower()
        let scratch = services.folder.scratch(of: task)
        let setup = FlowerSetup(
            task: task,
            node: services.registration.node,
            python: python,
            // Of its own, since the one before may still be on its way out.
            folder: scratch.appending(path: "flower/\(UUID().uuidString)"),
            bytecode: configuration.bytecode,
            log: { self.say("flower", $0) }
        )
        let part: FlowerSide.Part
        if let engine = services.engine {
            part = .link(FlowerLink(setup, engine: engine))
        } else {
            let clock = services.clock
            part = .node(FlowerNode(setup, httpClient: Connections.shared, logger: logger, now: { clock.now() }))
        }
        let side = FlowerSide(digest: assignment.digest, part: part, stop: Stop())
        state.withLock { $0.flower = side }
        queueFlower(side)
    }

    func lowerFlower() {
        let side = state.withLock { state in
            defer { state.flower = nil }
            return state.flower
        }
        side?.stop.fire()
    }

    /// Until it is lowered or the manager ends; its processes are gone then.
    func keep(_ side: FlowerSide) async {
        try? await side.stop.cancelling { await side.run() }
    }

    /// What an earlier manager that was killed may have left.
    func clearFlower() {
        try? FileManager.default.removeItem(at: services.folder.scratch(of: task).appending(path: "flower"))
    }
}
