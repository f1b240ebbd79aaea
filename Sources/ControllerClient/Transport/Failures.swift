import AsyncHTTPClient
import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension ClientError {
    /// What an error beneath HTTP means; cancellation stays what it is.
    static func wrapping(_ error: any Error, address: String) -> any Error {
        switch error {
        case is CancellationError, is ClientError: return error
        case let error as HTTPClientError where error == .cancelled: return CancellationError()
        case let error as HTTPClientError: return ClientError.unreachable(address: address, why: why(error))
        case let error as NIOConnectionError: return ClientError.unreachable(address: address, why: why(error))
        case let error as IOError: return ClientError.unreachable(address: address, why: error.localizedText)
        case is TimedOut: return ClientError.unreachable(address: address, why: "it didn't answer in time")
        default: return ClientError.unreachable(address: address, why: String(describing: error))
        }
    }

    private static func why(_ error: HTTPClientError) -> String {
        switch error {
        case .connectTimeout: "the connection could not be made in time"
        case .readTimeout: "it said nothing for \(Connections.silence) s"
        case .deadlineExceeded: "it didn't answer in time"
        case .remoteConnectionClosed: "it closed the connection"
        default: String(describing: error)
        }
    }

    private static func why(_ error: NIOConnectionError) -> String {
        if error.dnsAError != nil, error.dnsAAAAError != nil { return "the name \(error.host) is not known" }
        guard let first = error.connectionErrors.first?.error else { return "the name \(error.host) is not known" }
        if let first = first as? IOError { return first.localizedText }
        if let first = first as? ChannelError, case .connectTimeout = first {
            return "the connection could not be made in time"
        }
        return String(describing: first)
    }
}

extension IOError {
    fileprivate var localizedText: String {
        switch errnoCode {
        case ECONNREFUSED: "the connection was refused"
        case ECONNRESET, EPIPE: "the connection was reset"
        case EHOSTUNREACH, ENETUNREACH: "there is no route to it"
        default: description
        }
    }
}
