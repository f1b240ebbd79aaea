import API
import ArgumentParser
import ControllerClient
import Core

struct RunWatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Watch a run to its end, and the runs that continue it on newer revisions.",
        discussion: """
            Ends with 0 when all rounds are finished, and with 1 when the run failed or was stopped. With -o json or \
            yaml only the end is printed.
            """
    )

    @OptionGroup var chosen: RunArguments
    @OptionGroup var limit: TimeoutOptions
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try options.client()
        let number = try await chosen.number(client)
        try await RunEnd(client: client, task: chosen.task, first: number, timeout: limit.timeout)
            .run(printing: options.output)
    }
}

/// Follows a run to its end, over revisions.
struct RunEnd {
    let client: ControllerClient
    let task: String
    let first: Int
    let timeout: FlowDuration

    func run(printing output: OutputOptions) async throws {
        let console = Console.current
        let view = LiveView(console)
        var number = first
        var told = 0
        let end = try await Watch(timeout: timeout)(for: "the end of run \(number)") { () -> RunView? in
            let run = try await client.showRun(task: task, run: number)
            if output.format == .table {
                if console.isTerminal {
                    let gate = run.round == nil && run.status == .running ? try await client.gate(task: task) : nil
                    view.show(RunPage(run, gate: gate, console).lines, line: "")
                } else {
                    tell(run, &told, console)
                    let gate = run.round == nil && run.status == .running ? try await client.gate(task: task) : nil
                    let line = gate.flatMap { $0.open ? nil : GatePage.line($0, console) }
                    view.show([], line: line ?? SafeText.line("run " + Self.plain(run)))
                }
            }
            if run.status == .superseded, let next = try await continuation(of: number) {
                view.rest()
                number = next
                return nil
            }
            return run.status == .running ? nil : run
        }
        if output.format != .table { try output.print(end) { _ in [] } }
        guard end.status == .completed else { throw CommandFailure.silent() }
    }

    private func continuation(of run: Int) async throws -> Int? {
        try await client.listRuns(task: task).first { $0.continues == run }?.number
    }

    /// A line for each round that has ended since the last look.
    private func tell(_ run: RunView, _ told: inout Int, _ console: Console) {
        for round in run.rounds ?? [] where round.status != .running && round.epoch > told {
            told = round.epoch
            let outcome = round.reason.map { ": \($0)" } ?? ""
            let model = round.model.map { ", model v\($0), \(Measures.metrics(round.evaluation))" } ?? ""
            console.line(
                SafeText.line(
                    "round \(round.round) \(round.status.rawValue) on \(round.commit.short) with "
                        + "\(round.contributions.count) of \(round.participants.count) clients\(model)\(outcome)"
                )
            )
        }
    }

    /// Says nothing that changes by itself, so that equal states print once.
    private static func plain(_ run: RunView) -> String {
        let round = run.round.map { ", round \($0.round) under way" } ?? ""
        return "\(run.number): \(run.status.rawValue), \(run.done) of \(run.goal) rounds done\(round)"
    }
}
