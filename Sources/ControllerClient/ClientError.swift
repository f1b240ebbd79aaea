package import API

/// Why a call of the controller gave nothing, for people: what happened, where, and what to do.
package enum ClientError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The URL that was given can't be one of a controller.
    case invalidURL(String, why: String)
    /// Nothing answered, or the connection broke; worth another attempt later.
    case unreachable(address: String, why: String)
    /// The controller doesn't know the caller (401), or the caller may not do this (403).
    case unauthorised(Problem, caller: Caller)
    /// The controller understood and refused.
    case problem(Problem)
    /// The two sides speak different versions of the protocol.
    case incompatible(address: String, ours: Int, theirs: Int?)
    /// What answered isn't a controller, or its answer is damaged.
    case unusable(address: String, why: String)

    package var description: String {
        switch self {
        case .invalidURL(let url, let why):
            return "\"\(url)\" can't be a controller's URL: \(why); write it as http://host:port or https://host"
        case .unreachable(let address, let why):
            return """
                the controller at \(address) can't be reached: \(why); check that it runs there, that the URL is \
                right, and that no firewall is in between
                """
        // Whom the controller knows but doesn't let (403) needs its reason only.
        case .unauthorised(let problem, _) where problem.status == 403: return Self.text(of: problem)
        case .unauthorised(let problem, let caller): return "\(Self.text(of: problem)); \(caller.advice)"
        case .problem(let problem): return Self.text(of: problem)
        case .incompatible(let address, let ours, let theirs):
            let other = theirs.map { "version \($0)" } ?? "another version"
            let advice =
                switch theirs {
                case .some(let theirs) where theirs < ours: "update the controller"
                case .some: "update fedops on this machine"
                case nil: "bring both to the same release of fedops"
                }
            return "the controller at \(address) speaks \(other) of the protocol, this is version \(ours): \(advice)"
        case .unusable(let address, let why):
            return "the answer of \(address) can't be used: \(why); check that the URL is that of a FedOps controller"
        }
    }

    /// The status code, where the controller answered with a refusal.
    package var status: Int? {
        switch self {
        case .unauthorised(let problem, _), .problem(let problem): problem.status
        default: nil
        }
    }

    /// Whether the same call may well succeed later, with nothing changed on this side.
    package var isTransient: Bool {
        switch self {
        case .unreachable: true
        case .problem(let problem): problem.status >= 500 || problem.status == 429
        default: false
        }
    }

    private static func text(of problem: Problem) -> String {
        let detail = problem.detail.map { ": \($0)" } ?? ""
        // A single mistake is the detail already.
        let mistakes = problem.errors.flatMap { $0 == [problem.detail] ? nil : $0 } ?? []
        let errors = mistakes.map { "\n  \($0)" }.joined()
        return problem.title + detail + errors
    }
}

/// As whom a client calls, which decides what helps when it is turned away.
package enum Caller: Sendable, Equatable {
    case anyone, `operator`, node

    var advice: String {
        switch self {
        case .anyone:
            "no token was given: an operator's is in the file operator.token of the controller's data folder"
        case .operator:
            "the token is not the operator's: compare it with operator.token in the controller's data folder"
        case .node:
            "the controller doesn't know this node by its secret: if the node was removed, let it join again with a new token"
        }
    }
}
