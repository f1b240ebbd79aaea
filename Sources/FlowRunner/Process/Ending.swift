import Subprocess

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How a process ended.
enum Ending: Sendable, Equatable {
    case exited(Int32)
    case signalled(Int32)
    /// It was never started; the text says why.
    case unstarted(String)

    init(_ status: TerminationStatus) {
        switch status {
        case .exited(let code): self = .exited(code)
        case .signaled(let signal): self = .signalled(signal)
        }
    }

    /// What a shell makes of it: a status above 128 is a signal's.
    init(shellStatus code: Int32) {
        self = code > 128 && code <= 128 + 64 ? .signalled(code - 128) : .exited(code)
    }

    var text: String {
        switch self {
        case .exited(let code): "ended with exit code \(code)"
        case .signalled(SIGKILL): "was killed by signal \(SIGKILL) (SIGKILL), often a sign of too little memory"
        case .signalled(let signal): "was killed by signal \(signal)\(Self.names[signal].map { " (\($0))" } ?? "")"
        case .unstarted(let why): "could not be started: \(why)"
        }
    }

    private static let names: [Int32: String] = [
        SIGSEGV: "SIGSEGV", SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGFPE: "SIGFPE", SIGILL: "SIGILL",
        SIGTERM: "SIGTERM", SIGINT: "SIGINT", SIGHUP: "SIGHUP", SIGPIPE: "SIGPIPE", SIGXCPU: "SIGXCPU",
    ]
}
