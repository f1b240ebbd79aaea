import API
import ArgumentParser
import ControllerClient
import Core

struct NodeList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ls", abstract: "List nodes.", aliases: ["list"])

    @Option(help: "Only nodes of this role.")
    var role: NodeRole?

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let nodes = try await options.client().listNodes().filter { role == nil || $0.role == role }
        try options.output.print(Listing(nodes)) { console in
            var table = Table(
                "NAME",
                "ROLE",
                "STATE",
                "SEEN",
                "TASKS",
                "CPU#",
                "MEMORY#",
                "DISK FREE#",
                "VERSION",
                "LABELS*",
                empty: "no nodes; let one join with: fedops token create --role client"
            )
            for node in nodes {
                let (state, paint) = NodePage.state(node)
                table.add(
                    .init(node.name, .strong),
                    .init(node.role.rawValue),
                    .init(state, paint),
                    .init(Measures.age(node.lastSeen, console)),
                    .init(Self.tasks(node)),
                    .init(node.host?.cpu.map { "\(Measures.number($0 * 100, digits: 0))%" } ?? "-"),
                    .init(Measures.bytes(node.host?.memoryBytes)),
                    .init(Measures.bytes(node.host?.diskFreeBytes)),
                    .init(node.version ?? "-"),
                    .init(Measures.labels(node.labels))
                )
            }
            return table.lines(console)
        }
    }

    /// `2/3`: of three tasks two are ready on what is wanted.
    private static func tasks(_ node: NodeView) -> String {
        let ready = node.tasks.filter { $0.reports?.phase == .ready && $0.reports?.commit == $0.wants }
        return "\(ready.count)/\(node.tasks.count)"
    }
}

extension NodeRole: ExpressibleByArgument {}
