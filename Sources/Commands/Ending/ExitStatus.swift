import API
import ControllerClient

/// How a command ended, for scripts. `docs/reference/cli.md` has the same list.
package enum ExitStatus: Int32, Sendable, CaseIterable {
    case success = 0
    /// It didn't work out; of `gate`: it is closed; of a watch: what was watched failed.
    case failure = 1
    /// The arguments or what they name on this machine can't be used.
    case usage = 2
    /// The controller knows no such thing.
    case notFound = 3
    /// Nothing answers at the controller's address.
    case unreachable = 4
    /// The controller understood and refuses: the token isn't the right one, or it can't be done as things are.
    case refused = 5

    package init(_ error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure.status
        case let error as ClientError: self = Self.status(of: error)
        default: self = .failure
        }
    }

    private static func status(of error: ClientError) -> ExitStatus {
        switch error {
        case .invalidURL: .usage
        case .unreachable: .unreachable
        case .unauthorised: .refused
        case .incompatible, .unusable: .failure
        case .problem(let problem):
            switch problem.status {
            case 400, 413, 422: .usage
            case 404, 410: .notFound
            case 401, 403, 409: .refused
            default: .failure
            }
        }
    }
}

/// Why a command fails, for people: what happened, where, and what to do.
package struct CommandFailure: Error, CustomStringConvertible {
    package let status: ExitStatus
    /// Empty where what the command printed says it already.
    package let description: String

    package init(_ description: String, _ status: ExitStatus = .failure) {
        self.description = description
        self.status = status
    }

    /// The command's output says it all; only the status is left to tell.
    static func silent(_ status: ExitStatus = .failure) -> CommandFailure { CommandFailure("", status) }
}
