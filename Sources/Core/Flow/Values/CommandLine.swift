/// What a step runs: a line for the shell, or a program with its arguments.
package enum CommandLine: Sendable, Equatable {
    /// Given to `sh -c`.
    case shell(String)
    /// Run as it is, without a shell; the first is the program. Never empty.
    case arguments([String])

    /// Program and arguments, whichever form it has.
    package var arguments: [String] {
        switch self {
        case .shell(let line): ["/bin/sh", "-c", line]
        case .arguments(let arguments): arguments
        }
    }
}

extension CommandLine {
    /// The revision's own program that is run first: a path with a slash, relative to the flow's folder; of a shell's line
    /// its first word, where that is plainly one. Nil where it is the machine's to find.
    ///
    /// - Parameter arguments: As `arguments` gives them.
    package static func ownProgram(_ arguments: [String]) -> String? {
        var program = arguments.first ?? ""
        if arguments.count == 3, arguments[0] == "/bin/sh", arguments[1] == "-c" {
            program = arguments[2].split(separator: " ").first.map(String.init) ?? ""
            guard program.utf8.allSatisfy({ $0.isASCIIAlphanumeric || "./_-".utf8.contains($0) }) else { return nil }
        }
        return program.contains("/") && !program.hasPrefix("/") ? program : nil
    }
}

extension CommandLine: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let line = try? container.decode(String.self) {
            self = .shell(line)
            return
        }
        let arguments = try container.decode([String].self)
        guard !arguments.isEmpty else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "a program is missing")
        }
        self = .arguments(arguments)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .shell(let line): try container.encode(line)
        case .arguments(let arguments): try container.encode(arguments)
        }
    }
}
