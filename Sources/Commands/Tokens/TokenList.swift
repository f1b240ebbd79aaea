import API
import ArgumentParser
import ControllerClient
import Core

struct TokenList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List tokens; the tokens themselves are known to nobody.",
        aliases: ["list"]
    )

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let tokens = try await options.client().listTokens()
        try options.output.print(Listing(tokens)) { console in
            var table = Table(
                "ID",
                "ROLE",
                "FOR NODE",
                "CREATED",
                "STATE",
                "LABELS*",
                empty: "no tokens; make one with: fedops token create --role client"
            )
            for token in tokens {
                let left = token.expires.seconds(since: Instant(console.now()))
                let state: Table.Cell =
                    if let node = token.usedBy {
                        .init("used by \(node)", .faint)
                    } else if left <= 0 {
                        .init("expired", .faint)
                    } else {
                        .init("valid for \(Measures.duration(left))", .good)
                    }
                table.add(
                    .init(token.id),
                    .init(token.role.rawValue),
                    .init(token.node ?? "any"),
                    .init(Measures.age(token.created, console)),
                    state,
                    .init(Measures.labels(token.labels))
                )
            }
            return table.lines(console)
        }
    }
}
