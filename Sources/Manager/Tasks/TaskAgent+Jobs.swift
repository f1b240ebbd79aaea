import Core
import Engines
import FlowRunner
import Logging
import Synchronization

/// What is under way of one task, so that it can be ended from outside.
extension TaskAgent {
    struct Work {
        var preparing: (assignment: Assignment, stop: Stop)?
        var supervising: Stop?
        var ticket: (epoch: Int, stop: Stop)?
        /// The round that this node's engine conducted when the manager was stopped.
        var abandoned: Ticket?
    }

    func start(_ job: Job, in group: inout DiscardingTaskGroup) {
        switch job {
        case .ledger(let effect): start(effect, in: &group)
        case .supervise(let assignment, let worker, let id):
            let stop = Stop()
            replaceSupervision(with: stop)
            group.addTask { await self.keepAlive(assignment, worker, id: id, stop) }
        case .keepModel(let model):
            group.addTask { await self.keep(model) }
        case .flower(let side):
            group.addTask { await self.keep(side) }
        }
    }

    private func start(_ effect: LedgerEffect, in group: inout DiscardingTaskGroup) {
        switch effect {
        case .prepare(let assignment):
            let stop = Stop()
            let earlier = work.withLock { work in
                defer { work.preparing = (assignment, stop) }
                return work.preparing?.stop
            }
            earlier?.fire()
            group.addTask { await self.prepare(assignment, stop) }
        case .activate(let assignment):
            group.addTask { await self.activate(assignment) }
        case .work(let ticket):
            let stop = Stop()
            work.withLock { $0.ticket = (ticket.epoch, stop) }
            state.withLock { $0.hasCancelled = false }
            group.addTask { await self.work(on: ticket, stop) }
        case .cancel(let epoch):
            let stop = work.withLock { $0.ticket?.epoch == epoch ? $0.ticket?.stop : nil }
            if let stop {
                state.withLock { $0.hasCancelled = true }
                stop.fire()
            }
        case .deactivate:
            replaceSupervision(with: nil)
            let worker = state.withLock { state in
                defer { state.worker = nil }
                state.supervision += 1
                return state.worker
            }
            lowerFlower()
            group.addTask {
                await worker?.stop()
                self.tidy()
            }
        case .report: break
        }
    }

    func replaceSupervision(with stop: Stop?) {
        let earlier = work.withLock { work in
            defer { work.supervising = stop }
            return work.supervising
        }
        earlier?.fire()
    }

    /// Ends the preparation of what isn't wanted any more.
    func dropStalePreparation() {
        let wanted = snapshot.ledger.preparing
        let stop = work.withLock { work -> Stop? in
            guard let preparing = work.preparing, preparing.assignment != wanted else { return nil }
            work.preparing = nil
            return preparing.stop
        }
        stop?.fire()
    }

    /// The answer that made a candidate this model may have been lost on its way.
    private func keep(_ model: ModelReference) async {
        do {
            let isThere = try await services.engine?.keepModel(task: task, model) ?? true
            if !isThere { logger.debug("global model is not here", metadata: ["version": "\(model.version)"]) }
        } catch {
            logger.warning("global model can't be kept", metadata: ["error": "\(error)"])
        }
    }
}
