@preconcurrency import Rainbow

/// What a piece of text means, which decides its colour on a terminal.
package enum Paint: Sendable {
    case plain
    case good
    case warning
    case bad
    case busy
    case faint
    case strong

    /// The text in its colour, where the console shows any.
    package func callAsFunction(_ text: String, _ console: Console) -> String {
        guard console.hasColour, !text.isEmpty else { return text }
        Self.enable
        return switch self {
        case .plain: text
        case .good: text.applyingColor(.green)
        case .warning: text.applyingColor(.yellow)
        case .bad: text.applyingColor(.red)
        case .busy: text.applyingColor(.cyan)
        case .faint: text.applyingStyle(.dim)
        case .strong: text.applyingStyle(.bold)
        }
    }

    /// Rainbow looks at the process's own output; whether there are colours is the console's to say.
    private static let enable: Void = {
        Rainbow.enabled = true
        Rainbow.outputTarget = .console
    }()
}
