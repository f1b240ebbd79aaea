import API
import Core

/// The whole, for people: one line a task, then what needs a look.
struct StatusPage {
    private(set) var lines: [String] = []

    init(_ status: StatusView, _ console: Console) {
        let up = Measures.duration(status.time.seconds(since: status.started))
        let nodes = "\(status.nodesOnline) of \(status.nodes) nodes online"
        lines = [
            "controller \(SafeText.line(status.version)), up \(up), "
                + (status.nodesOnline == status.nodes ? nodes : Paint.warning(nodes, console)), "",
        ]
        var table = Table(
            "TASK",
            "REVISION",
            "COMMIT",
            "ROLLOUT",
            "READY",
            "GATE",
            "RUN",
            "ROUNDS",
            "MODEL",
            "EVALUATION*",
            empty: "no tasks; add one with: fedops task add NAME URL"
        )
        for task in status.tasks { add(task, to: &table) }
        lines += table.lines(console)
        for task in status.tasks {
            let notes = notes(on: task, console)
            if !notes.isEmpty {
                lines += ["", Paint.strong(SafeText.line(task.name), console)] + notes.map { "  " + $0 }
            }
        }
    }

    private func add(_ task: TaskView, to table: inout Table) {
        let ready = task.nodes.filter { $0.online && $0.reports?.phase == .ready && $0.reports?.commit == $0.wants }
        table.add(
            .init(task.name, .strong),
            .init(task.target?.name ?? "-"),
            .init(task.target?.commit.short ?? "-"),
            .init(task.rollout?.phase.rawValue ?? "-", task.rollout.map { RolloutPage.paint($0.phase) } ?? .plain),
            .init("\(ready.count)/\(task.nodes.count)"),
            .init(task.gate.open ? "open" : "closed", task.gate.open ? .good : .warning),
            .init(task.run?.status.rawValue ?? "-", task.run.map { RunPage.paint($0.status) } ?? .plain),
            .init(task.run.map { "\($0.done)/\($0.goal)" } ?? "-"),
            .init(task.model.map { "v\($0.version)" } ?? "-"),
            .init(task.model.map { Measures.metrics($0.evaluation) } ?? "-")
        )
    }

    /// What a person should know of: a source that fails, a build that failed or is under way, a gate that is closed.
    private func notes(on task: TaskView, _ console: Console) -> [String] {
        var notes: [String] = []
        if let failure = task.source.failure {
            let since = Measures.age(failure.since, console)
            notes.append(
                Paint.bad(SafeText.line("source fails for \(since) (\(failure.kind)): \(failure.message)"), console)
            )
        }
        if let newest = task.newest, newest.number != task.target?.number || newest.state == .failed {
            notes.append(
                RevisionPage.paint(newest.state)(
                    SafeText.line("revision \(newest.name) (\(newest.commit.short)) \(newest.state.rawValue)"),
                    console
                )
            )
            notes += RevisionPage.failure(newest, console)
        }
        if let rollout = task.rollout, rollout.phase != .completed, rollout.phase != .superseded {
            notes.append(
                "rollout " + RolloutPage.paint(rollout.phase)(SafeText.line(RolloutPage.sentence(rollout)), console)
            )
        }
        if !task.gate.open, task.target != nil {
            notes.append("gate " + Paint.warning("closed", console))
            notes += task.gate.reasons.map { "  " + GatePage.sentence($0, console) }
        }
        if let run = task.run, run.status == .running || run.status == .failed {
            notes.append("run " + RunPage.paint(run.status)(SafeText.line(RunPage.sentence(run, console)), console))
        }
        for warning in task.warnings.prefix(3) {
            notes.append(
                Paint.warning("warning ", console)
                    + SafeText.line("\(Measures.age(warning.at, console)) ago: \(warning.message)")
            )
        }
        return notes
    }
}
