/// Every key that a flow may have, by the map that it stands in. The JSON Schema has the same, which a test holds.
enum FlowKeys {
    static let flow = [
        "task", "runtime", "build", "test", "stages", "check", "settings", "share", "rounds", "participants",
        "rollout", "onNewRevision", "engine", "trackers",
    ]
    static let runtime = ["kind", "python", "requirements", "path"]
    static let step = ["name", "run", "timeout", "outputLimit"]
    static let stages = Flow.StageName.allCases.map(\.rawValue)
    /// Of `data` and `model`.
    static let stage = ["call", "command", "with", "timeout"]
    /// Of `train` and `evaluate`.
    static let countingStage = ["call", "command", "with", "examples", "timeout"]
    static let check = ["run", "timeout"]
    static let share = ["only", "except", "buffers", "batchNorm", "optimizer"]
    static let rounds = [
        "count", "strategy", "deadline", "interval", "epochs", "retries", "schedule", "evaluate", "stop", "best",
        "contribution",
    ]
    static let schedule = ["from", "factor", "every", "floor", "cosine", "values"]
    static let cosine = ["from", "to", "rounds"]
    static let stop = ["metric", "mode", "patience", "minDelta", "target"]
    static let best = ["metric", "mode"]
    static let contribution = ["method", "metric", "mode", "permutations", "tolerance"]
    static let participants = ["server", "clients"]
    static let server = ["selector"]
    static let clients = ["selector", "minimum", "maximum", "sample", "extra", "select", "wait"]
    static let rollout = ["waves", "orderBy", "health", "hold", "onFailure"]
    static let tracker = [
        "name", "url", "project", "entity", "user", "keyFile", "mode", "folder", "models",
    ]
}

/// What holds where the file says nothing.
enum FlowDefaults {
    static let runtime = Flow.Runtime(kind: .python)
    static let stepTimeout = FlowDuration.minutes(10)
    static let outputLimit = ByteSize.mebibytes(10)
    static let checkTimeout = FlowDuration.minutes(1)
    static let rounds = Flow.Rounds(
        count: 10,
        strategy: Flow.Strategy(name: "fedavg", options: [:]),
        deadline: .minutes(10),
        interval: .seconds(0),
        epochs: 1,
        retries: 10
    )
    static let clients = Flow.Participants.Clients(selector: LabelSelector(), minimum: 1, wait: .seconds(30))
    static let rollout = Flow.RolloutPolicy(
        waves: [.nodes(1), .percent(100)],
        health: .minutes(2),
        hold: .seconds(0),
        onFailure: .rollback
    )
    static let onNewRevision = Flow.NewRevisionPolicy.finish
    static let engine = Flow.Engine.embedded
}

/// From where to where a value may go, both ends allowed.
enum FlowRanges {
    static let stepTimeout = FlowDuration.seconds(1)...FlowDuration.days(1)
    static let outputLimit = ByteSize(bytes: 1 << 10)...ByteSize(bytes: 1 << 30)
    static let checkTimeout = FlowDuration.seconds(1)...FlowDuration.hours(1)
    static let stageTimeout = FlowDuration.seconds(1)...FlowDuration.days(7)
    static let deadline = FlowDuration.seconds(1)...FlowDuration.days(7)
    static let interval = FlowDuration.seconds(0)...FlowDuration.days(30)
    static let wait = FlowDuration.seconds(0)...FlowDuration.days(7)
    static let health = FlowDuration.seconds(1)...FlowDuration.days(1)
    static let count = 1...100_000
    static let retries = 0...1000
    static let clients = 1...10_000
    static let permutations = 1...10_000
    static let schedules = 100
    static let steps = 50
    static let waves = 50
    static let arguments = 1000
    static let patterns = 200
    static let trackers = 10
}
