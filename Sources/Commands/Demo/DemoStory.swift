import API
import ControllerClient
import Core
import Foundation

/// The demo from the first push to the last round, told while it happens.
struct DemoStory {
    let client: ControllerClient
    let repository: DemoRepository
    let console: DemoConsole
    let task: String
    let rounds: Int

    private var watch = GateWatch()

    init(client: ControllerClient, repository: DemoRepository, console: DemoConsole, task: String, rounds: Int) {
        self.client = client
        self.repository = repository
        self.console = console
        self.task = task
        self.rounds = rounds
    }

    mutating func tell() async throws -> DemoSummary {
        console.step("Deploy v1.0.0: git push --follow-tags")
        try await deploy("v1.0.0")
        try await waitForOpenGate()

        console.step("Run \(rounds) rounds; v1.1.0 is pushed in the middle")
        let first = try await client.startRun(task: task, RunRequest(rounds: rounds))
        console.done("run \(first.number) started")
        var shown = 0
        let middle = max(1, rounds * 3 / 10)
        try await poll(within: .seconds(600), "\(middle) rounds to finish") {
            shown = try await show(roundsAfter: shown)
            return shown >= middle
        }
        try await release("v1.1.0")
        try await poll(within: .seconds(900), "the run to end") {
            look(at: try await client.gate(task: task))
            shown = try await show(roundsAfter: shown)
            return try await client.listRuns(task: task).allSatisfy { $0.status != .running }
        }
        shown = try await show(roundsAfter: shown)
        return try await summary()
    }

    // MARK: - Revisions

    private mutating func deploy(_ tag: String) async throws {
        try await repository.tag(tag)
        try await repository.push()
        try await client.pollTask(task)
        let revision = try await built(tag)
        console.done("revision \(tag) (\(revision.commit.short)) is built and tested: artifact \(digest(revision))")
        try await poll(within: .seconds(600), "the rollout of \(tag)") {
            guard let rollout = try await client.showTask(task).rollout, rollout.to == tag else { return false }
            try check(rollout)
            return rollout.phase == .completed
        }
        console.done("every node runs \(revision.commit.short)")
    }

    /// Pushes a changed flow and says what becomes of it; the nodes move while the caller goes on watching rounds.
    private mutating func release(_ tag: String) async throws {
        console.step("Deploy \(tag) while the run is under way: more local epochs a round")
        try repository.edit("fedops.yaml") { text in
            text.replacing(/epochs: ([0-9]+)/, maxReplacements: 1) { match in
                "epochs: \((Int(match.output.1) ?? 1) + 1)"
            }
        }
        try await repository.commit("Train one epoch more a round")
        try await repository.tag(tag)
        try await repository.push()
        try await client.pollTask(task)
        console.done("pushed; the round under way ends on the old commit, then the nodes move")
    }

    private func built(_ tag: String) async throws -> RevisionView {
        var state: BuildState?
        var found: RevisionView?
        try await poll(within: .seconds(1200), "the build of \(tag)") {
            guard let revision = try await client.listRevisions(task: task).first(where: { $0.name == tag }) else {
                return false
            }
            if revision.state != state { console.note("revision \(tag): \(revision.state.rawValue)") }
            state = revision.state
            found = revision
            if revision.state == .failed {
                let log = (revision.logTail ?? []).map { "  " + $0 }.joined(separator: "\n")
                throw FleetError("the build of \(tag) failed: \(revision.reason ?? "")\n\(log)")
            }
            return revision.state == .ready
        }
        guard let found else { throw FleetError("revision \(tag) has disappeared") }
        return found
    }

    private func check(_ rollout: RolloutView) throws {
        switch rollout.phase {
        case .failed, .rolledBack, .paused:
            throw FleetError("the rollout of \(rollout.to) is \(rollout.phase.rawValue): \(rollout.reason ?? "")")
        default: break
        }
    }

    private func digest(_ revision: RevisionView) -> String { revision.digest?.short ?? "-" }

    // MARK: - Gate and rounds

    private mutating func waitForOpenGate() async throws {
        try await poll(within: .seconds(120), "the gate to open") {
            let verdict = try await client.gate(task: task)
            if verdict.open {
                console.done(
                    "the gate is open: \(verdict.clients.joined(separator: ", ")) and \(verdict.server ?? "-")"
                )
            }
            return verdict.open
        }
    }

    private mutating func look(at verdict: GateVerdict) {
        for reason in watch.take(verdict, at: Instant(Date())) {
            let reports = CommitHash(reason.reports)?.short ?? reason.reports
            let wants = CommitHash(reason.wants)?.short ?? reason.wants
            console.closed("gate closed by \(reason.node): reports \(reports), wants \(wants) (\(reason.why))")
        }
    }

    private func show(roundsAfter shown: Int) async throws -> Int {
        let finished = try await finishedRounds()
        for round in finished.dropFirst(shown) {
            let seconds = round.ended.map { $0.seconds(since: round.started) } ?? 0
            let accuracy = round.evaluation["accuracy"].map { String(format: ", accuracy %.3f", $0) } ?? ""
            console.done(
                "round \(round.round) on \(round.commit.short): \(round.contributions.count) clients\(accuracy), "
                    + String(format: "%.2f s", seconds)
            )
        }
        return finished.count
    }

    private func finishedRounds() async throws -> [RoundView] {
        var all: [RoundView] = []
        for run in try await client.listRuns(task: task) {
            all += try await client.showRun(task: task, run: run.number).rounds ?? []
        }
        return all.filter { $0.status == .finished }.sorted { $0.epoch < $1.epoch }
    }

    private func summary() async throws -> DemoSummary {
        if let failed = try await client.listRuns(task: task).first(where: { $0.status == .failed }) {
            throw FleetError("run \(failed.number) failed: \(failed.reason ?? "")")
        }
        return DemoSummary(
            task: task,
            revisions: try await client.listRevisions(task: task),
            rounds: try await finishedRounds(),
            models: try await client.listModels(task: task),
            gateClosed: watch.closed
        )
    }

    /// Asks again and again until the answer is yes: what it waits for happens in other processes.
    private func poll(
        within limit: Duration,
        _ what: String,
        _ condition: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + limit
        while !(try await condition()) {
            guard ContinuousClock.now < deadline else { throw FleetError("waited \(limit) in vain for \(what)") }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
