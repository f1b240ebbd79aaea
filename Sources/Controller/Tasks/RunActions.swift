import API
import Core
import Store

/// What operators do to runs.
struct RunActions: Sendable {
    var site: ControllerSite
    var tasks: TaskRegistry
    var views: Views

    func start(_ task: String, _ request: RunRequest) async throws -> RunView {
        let entry = try tasks.entry(task)
        let before = entry.mailbox.state
        try validate(request)
        guard let goal = request.rounds ?? before.target?.policy.rounds.count else {
            throw RequestError.conflict(
                "task \(task) has no revision yet whose flow says how many rounds a run has",
                "wait for one, or say it: fedops run start \(task) --rounds N"
            )
        }
        if let run = before.run, run.status == .running { throw running(task, run.number) }
        let state = try await entry.mailbox.send(
            .runRequested(goal: goal, epochs: request.epochs, base: try base(task, request))
        )
        // Someone else's run may have come first.
        guard let run = state.run, run.number > before.runCount else { throw running(task, state.runCount) }
        return views.run(state, run)
    }

    private func running(_ task: String, _ number: Int) -> Problem {
        RequestError.conflict("run \(number) of task \(task) is under way", "stop it first: fedops run stop \(task)")
    }

    private func validate(_ request: RunRequest) throws {
        var mistakes: [String] = []
        if let rounds = request.rounds, !(1...100_000).contains(rounds) {
            mistakes.append("rounds: found \(rounds), a whole number from 1 to 100000 is allowed")
        }
        if let epochs = request.epochs, !(1...10_000).contains(epochs) {
            mistakes.append("epochs: found \(epochs), a whole number from 1 to 10000 is allowed")
        }
        if request.from != nil, request.scratch == true {
            mistakes.append("from and scratch: a run starts from a model or from scratch, not from both")
        }
        guard mistakes.isEmpty else { throw RequestError.invalid("the run", mistakes) }
    }

    private func base(_ task: String, _ request: RunRequest) throws -> RunBase {
        if request.scratch == true { return .scratch }
        guard let version = request.from else { return .latest }
        guard let model = try site.store.model(task, version) else {
            throw RequestError.missing("model", String(version), of: task)
        }
        return .model(ModelReference(version: version, digest: model.digest))
    }

    func stop(_ task: String, _ text: String, reason: String?) async throws -> RunView {
        let entry = try tasks.entry(task)
        let newest = entry.mailbox.state.run?.number
        guard let number = text == "latest" ? newest : Int(text), let run = try site.store.run(task, number) else {
            throw RequestError.missing("run", text, of: task)
        }
        guard let active = entry.mailbox.state.run, active.number == number, active.status == .running else {
            throw RequestError.conflict("run \(number) of task \(task) is \(run.status.rawValue) already")
        }
        let state = try await entry.mailbox.send(.runStopped(reason: reason ?? "by an operator"))
        return views.run(state, state.run ?? run)
    }
}
