package import ArgumentParser
import Core
import Foundation

/// The reference of all commands in Markdown, made from what the parser itself knows.
package struct CommandReference {
    private let root: JSONValue

    package init(_ root: any ParsableCommand.Type) throws {
        let dump = try JSONDecoder().decode(JSONValue.self, from: Data(root._dumpHelp().utf8))
        self.root = dump["command"] ?? .null
    }

    package func markdown() throws -> String {
        var lines = [
            "# Commands", "", "Made by `fedops reference` from the commands themselves; a test holds it against them.",
            "",
        ]
        lines += [Self.text(root["abstract"]), "", "## Exit status", "", "| status | meaning |", "| --- | --- |"]
        for status in ExitStatus.allCases { lines.append("| \(status.rawValue) | \(status.meaning) |") }
        lines += [
            "", "`fedops gate` ends with 0 where the gate is open and with 1 where it is closed.", "",
            "## Where the controller is", "",
            "| option | environment | default |", "| --- | --- | --- |",
            "| `--controller` | `FEDOPS_CONTROLLER` | `\(GlobalOptions.defaultController)` |",
            "| `--token-file` | `FEDOPS_TOKEN` (the token itself), `FEDOPS_TOKEN_FILE` | `operator.token` in the data folder of a controller on this machine |",
            "",
            "Colours are shown on a terminal only, and never with `NO_COLOR`. `-o json` and `-o yaml` give the API's own "
                + "fields; lists are under `items`, and streams (`-f`) have one value a line or document.",
            "",
        ]
        lines += ["## Common options", "", "Those of every command that asks a controller; `check` has `-o`.", ""]
        lines += ["| argument | meaning |", "| --- | --- |"]
        if let status = Self.commands(root).first(where: { Self.text($0["commandName"]) == "status" }) {
            lines += Self.arguments(status).filter(Self.isCommon).map { "| `\(names($0))` | \(meaning($0)) |" } + [""]
        }
        for command in Self.commands(root) { lines += section(command, path: [Self.text(root["commandName"])]) }
        while lines.last == "" { lines.removeLast() }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func commands(_ command: JSONValue) -> [JSONValue] {
        guard case .array(let commands)? = command["subcommands"] else { return [] }
        return commands.filter { $0["shouldDisplay"] != .bool(false) && text($0["commandName"]) != "help" }
    }

    private func section(_ command: JSONValue, path: [String]) -> [String] {
        let path = path + [Self.text(command["commandName"])]
        let inner = Self.commands(command)
        guard inner.isEmpty else { return inner.flatMap { section($0, path: path) } }
        var lines = ["## \(path.joined(separator: " "))", "", Self.text(command["abstract"]), ""]
        let all = Self.arguments(command)
        let hasCommon = all.contains { Self.longName($0) == "controller" }
        let arguments = all.filter { !hasCommon || !Self.isCommon($0) }
        let usage = [path.joined(separator: " ")] + arguments.map(usage) + (hasCommon ? ["[common options]"] : [])
        lines += ["```", usage.joined(separator: " "), "```", ""]
        if case .string(let discussion)? = command["discussion"] {
            lines += discussion.split(separator: "\n").flatMap { [String($0), ""] }
        }
        if !arguments.isEmpty {
            lines += ["| argument | meaning |", "| --- | --- |"]
            lines += arguments.map { "| `\(names($0))` | \(meaning($0)) |" } + [""]
        }
        return lines
    }

    private static func arguments(_ command: JSONValue) -> [JSONValue] {
        guard case .array(let arguments)? = command["arguments"] else { return [] }
        return arguments.filter {
            $0["shouldDisplay"] != .bool(false) && !["help", "version"].contains(text($0["preferredName"]?["name"]))
        }
    }

    private static func longName(_ argument: JSONValue) -> String { text(argument["preferredName"]?["name"]) }

    private static func isCommon(_ argument: JSONValue) -> Bool {
        ["controller", "token-file", "output"].contains(longName(argument))
    }

    private func usage(_ argument: JSONValue) -> String {
        let value = "<\(Self.text(argument["valueName"]))>"
        let repeats = argument["isRepeating"] == .bool(true) ? "..." : ""
        let name = argument["preferredName"].map(Self.dashed)
        let text =
            switch Self.text(argument["kind"]) {
            case "positional": value + repeats
            case "flag": name ?? ""
            default: "\(name ?? "") \(value)\(repeats)"
            }
        return argument["isOptional"] == .bool(true) ? "[\(text)]" : text
    }

    private func names(_ argument: JSONValue) -> String {
        guard case .array(let names)? = argument["names"] else { return "<\(Self.text(argument["valueName"]))>" }
        let all = names.map(Self.dashed).joined(separator: "`, `")
        return Self.text(argument["kind"]) == "flag" ? all : all + " <\(Self.text(argument["valueName"]))>"
    }

    private func meaning(_ argument: JSONValue) -> String {
        var parts = [Self.text(argument["abstract"]), Self.text(argument["discussion"])]
        if case .array(let values)? = argument["allValues"], !values.isEmpty {
            parts.append("One of " + values.map { "`\(Self.text($0))`" }.joined(separator: ", ") + ".")
        }
        if case .string(let value)? = argument["defaultValue"] { parts.append("Default: `\(value)`.") }
        return parts.filter { !$0.isEmpty }.joined(separator: " ").replacing("|", with: "\\|").replacing(
            "\n",
            with: " "
        )
    }

    private static func dashed(_ name: JSONValue) -> String {
        (text(name["kind"]) == "long" ? "--" : "-") + text(name["name"])
    }

    private static func text(_ value: JSONValue?) -> String {
        if case .string(let text)? = value { text } else { "" }
    }
}

extension ExitStatus {
    var meaning: String {
        switch self {
        case .success: "It worked."
        case .failure: "It failed; of a watch, what was watched did."
        case .usage: "The arguments, or what they name on this machine, can't be used."
        case .notFound: "The controller knows no such thing."
        case .unreachable: "The controller can't be reached."
        case .refused: "The controller refuses: the token isn't the right one, or it can't be done as things are."
        }
    }
}
