import Artifacts
import Core
import Foundation
import Synchronization

/// What happens to one client's update, evaluation and loss.
extension RoundDesk {
    /// Whether the node is a client of the round at all.
    func checkMember(_ node: String) throws(EngineProblem) {
        try state.withLock { state throws(EngineProblem) in
            let offer = RoundIntake.Offer(node: node, epoch: ticket.epoch, commit: ticket.commit, digest: ticket.digest)
            do throws(OfferRefusal) {
                try state.intake.checkTicket(offer)
            } catch {
                throw EngineProblem(error, offered: offer, wanted: ticket)
            }
        }
    }

    /// Before the body is read: whether this very update is counted already, and else whether it may be read.
    func screen(_ offer: RoundIntake.Offer, _ update: ContentDigest, at instant: Instant) throws(EngineProblem) -> Bool
    {
        try state.withLock { state throws(EngineProblem) in
            if state.closed == nil, state.intake.counted[offer.node]?.update == update { return true }
            try ensure(offer, at: instant, state)
            return false
        }
    }

    /// While the body is read: whether the rest is still wanted.
    func check(_ offer: RoundIntake.Offer, at instant: Instant) throws(EngineProblem) {
        try state.withLock { state throws(EngineProblem) in try ensure(offer, at: instant, state) }
    }

    /// All of the body is on disk.
    func arrive(_ offer: RoundIntake.Offer, at instant: Instant) throws(EngineProblem) {
        try state.withLock { state throws(EngineProblem) in
            try ensure(offer, at: instant, state)
            guard state.arrived[offer.node] == nil else {
                let refusal = OfferRefusal(.alreadyCounted, offer, "another update of it is being added")
                throw EngineProblem(refusal, offered: offer, wanted: ticket)
            }
            state.arrived[offer.node] = instant
        }
    }

    /// Its turn has come. Returns the sum to which it is to be added; `endAdding` has to follow.
    func beginAdding(_ offer: RoundIntake.Offer) throws(EngineProblem) -> RoundSum {
        try change { state throws(EngineProblem) in
            guard let arrival = state.arrived[offer.node] else { throw .closed("the update was put aside") }
            do throws(EngineProblem) {
                try ensure(offer, at: arrival, state)
                guard let sum = state.sum else { throw .closed("the round has no sum") }
                state.adding = offer.node
                return sum
            } catch {
                state.arrived[offer.node] = nil
                throw error
            }
        }
    }

    /// The update is part of the sum, or it was refused and its client is lost.
    ///
    /// - Throws: Where the round was closed meanwhile, and the sum is thrown away.
    func endAdding(_ node: String, _ outcome: Result<Contribution, EngineProblem>) throws(EngineProblem) {
        try change { state throws(EngineProblem) in
            state.arrived[node] = nil
            state.adding = nil
            switch outcome {
            case .success(let contribution): state.intake.count(contribution)
            case .failure(let refusal): state.intake.lose(node, why: refusal.title)
            }
            for loss in state.losses { state.intake.lose(loss.node, why: loss.why) }
            state.losses = []
            if let closed = state.closed { throw .closed(closed) }
            guard state.intake.phase != .failed else { throw .closed(state.intake.reason ?? "the round has failed") }
        }
    }

    func lose(_ node: String, why: String) throws(EngineProblem) {
        try change { state throws(EngineProblem) in
            if let closed = state.closed { throw .closed(closed) }
            if state.adding == nil {
                state.intake.lose(node, why: why)
            } else {
                state.losses.append((node, why))
            }
        }
    }

    func evaluate(_ offer: RoundIntake.Offer, _ evaluation: RoundIntake.Evaluation) throws(EngineProblem) {
        try change { state throws(EngineProblem) in
            if let closed = state.closed { throw .closed(closed) }
            do throws(OfferRefusal) {
                try state.intake.checkTicket(offer)
            } catch {
                throw EngineProblem(error, offered: offer, wanted: ticket)
            }
            guard state.intake.phase == .evaluating, state.candidate != nil else {
                throw .closed("the round is \(state.intake.phase.rawValue), not evaluating")
            }
            guard state.intake.counted[offer.node] != nil else {
                throw .closed("the update of node \(offer.node) is not part of the model")
            }
            state.intake.evaluated(offer.node, evaluation)
        }
    }

    /// The base model, or `nil` while it isn't there.
    func base() -> Result<ModelFile, EngineProblem>? {
        state.withLock { state in
            if let closed = state.closed { return .failure(.closed(closed)) }
            if state.intake.phase == .failed { return .failure(.closed(state.intake.reason ?? "the round has failed")) }
            return state.base.map { .success($0) }
        }
    }

    /// The strategy's state of the base, or `nil` while it isn't known; a problem where there is none.
    func control() -> Result<ModelFile, EngineProblem>? {
        guard let base = base() else { return nil }
        if case .failure(let problem) = base { return .failure(problem) }
        guard let control = state.withLock({ $0.control }) else {
            return .failure(EngineProblem(404, .missing, "the strategy keeps nothing with this round's base"))
        }
        return .success(control)
    }

    /// Why the node's update is no longer wanted, or `nil` while it is.
    func unwanted(_ node: String) -> EngineProblem? {
        state.withLock { state in
            if let closed = state.closed { return .closed(closed) }
            guard state.intake.counted[node] == nil else { return nil }
            switch state.intake.phase {
            case .initialising, .training: return nil
            case .evaluating, .finished: return .closed("training is over, and the round goes on without this update")
            case .failed: return .closed(state.intake.reason ?? "the round has failed")
            }
        }
    }

    /// The new model, or `nil` while it isn't there. Only who trained evaluates.
    func candidate(for node: String) -> Result<ModelFile, EngineProblem>? {
        state.withLock { state in
            if let closed = state.closed { return .failure(.closed(closed)) }
            switch state.intake.phase {
            case .initialising, .training: return nil
            case .finished: return .failure(.closed("the round is over"))
            case .failed: return .failure(.closed(state.intake.reason ?? "the round has failed"))
            case .evaluating:
                guard state.intake.counted[node] != nil else {
                    return .failure(.closed("the update of node \(node) is not part of the model"))
                }
                return state.candidate.map { .success($0) }
            }
        }
    }

    private func ensure(_ offer: RoundIntake.Offer, at instant: Instant, _ state: borrowing State) throws(EngineProblem)
    {
        do throws(OfferRefusal) {
            try state.intake.checkTicket(offer)
            if state.closed == nil { try state.intake.check(offer, at: instant) }
        } catch {
            throw EngineProblem(error, offered: offer, wanted: ticket)
        }
        if let closed = state.closed { throw .closed(closed) }
    }
}
