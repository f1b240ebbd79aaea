import API
import Core

/// One rollout, for people.
struct RolloutPage {
    private(set) var lines: [String] = []

    init(_ rollout: RolloutView, _ console: Console) {
        var page = Page(console)
        page.field("Rollout", "\(rollout.number) of \(rollout.task)", .strong)
        page.field("Phase", rollout.phase.rawValue, Self.paint(rollout.phase))
        if let reason = rollout.reason { page.field("Reason", reason, rollout.phase == .completed ? .plain : .warning) }
        page.field("Kind", rollout.kind.rawValue)
        page.field("To", "\(rollout.to) (\(rollout.commit.short))")
        page.field("From", rollout.from)
        page.field("Wave", "\(rollout.wave) of \(rollout.waves)")
        page.field("Ready", "\(rollout.ready.count) of \(rollout.nodes): \(Measures.list(rollout.ready))")
        let moving = rollout.moved.filter { !rollout.ready.contains($0) }
        if !moving.isEmpty, !rollout.phase.isFinal { page.field("Moving", Measures.list(moving), .busy) }
        page.field("Started", "\(Measures.age(rollout.started, console)) ago")
        if let ended = rollout.ended { page.field("Took", Measures.fine(ended.seconds(since: rollout.started))) }
        lines = page.lines
    }

    /// `3 to v1.1.0: progressing, wave 2 of 3, 2 of 4 nodes ready`.
    static func sentence(_ rollout: RolloutView) -> String {
        let kind = rollout.kind == .undo ? "back to" : "to"
        let reason = rollout.reason.map { " (\($0))" } ?? ""
        let start = "\(rollout.number) \(kind) \(rollout.to): \(rollout.phase.rawValue)\(reason)"
        guard !rollout.phase.isFinal else { return start }
        return start
            + ", wave \(rollout.wave) of \(rollout.waves), \(rollout.ready.count) of \(rollout.nodes) nodes ready"
    }

    static func paint(_ phase: Rollout.Phase) -> Paint {
        switch phase {
        case .completed: .good
        case .failed, .rolledBack, .rollingBack: .bad
        case .paused: .warning
        case .superseded: .faint
        case .waitingForRound, .progressing, .holding: .busy
        }
    }
}
