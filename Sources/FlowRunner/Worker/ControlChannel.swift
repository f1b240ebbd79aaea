@preconcurrency import Dispatch
import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The manager's end of the socket that requests and answers go through, one JSON line each.
///
/// The other end is the worker's standard input, which the adapter takes away before any of the user's code runs.
/// Nothing is ever sent while the worker is at a stage: it has the kernel kill its group when the socket moves then,
/// which is how it ends when the manager dies.
final class ControlChannel: Sendable {
    private struct State {
        var pending: [Int: CheckedContinuation<Answer?, Never>] = [:]
        var received: [UInt8] = []
        var isClosed = false
    }

    /// The metrics of a stage fit many times over.
    private static let lineLimit = 4 << 20

    private let descriptor: Int32
    private let source: any DispatchSourceRead
    private let state = Mutex(State())

    /// Both ends; the worker's is the caller's to close.
    static func pair() throws(StageFailure) -> (channel: ControlChannel, workerEnd: Int32) {
        var ends: [Int32] = [-1, -1]
        #if canImport(Glibc)
            let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        #else
            let type = SOCK_STREAM
        #endif
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
            throw StageFailure(
                stage: "start",
                kind: .crash,
                message: "no socket for the worker: \(String(cString: strerror(errno)))"
            )
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ControlChannel(ends[0]), ends[1])
    }

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: .global())
        source.setEventHandler { [weak self] in self?.receive() }
        source.setCancelHandler { _ = Self.closeDescriptor(descriptor) }
        source.activate()
    }

    /// Sends a request and waits for its answer; nil when the worker is gone. A cancelled task goes on waiting: the
    /// answer, or the worker's end, always comes.
    func ask(_ request: Request) async -> Answer? {
        await withCheckedContinuation { continuation in
            let isClosed = state.withLock { state in
                if !state.isClosed { state.pending[request.id] = continuation }
                return state.isClosed
            }
            if isClosed {
                continuation.resume(returning: nil)
            } else if !send(request) {
                state.withLock { $0.pending.removeValue(forKey: request.id) }?.resume(returning: nil)
            }
        }
    }

    /// Sends a request that has no answer.
    @discardableResult
    func send(_ request: Request) -> Bool {
        guard var line = try? [UInt8](JSONEncoder().encode(request)) else { return false }
        line.append(UInt8(ascii: "\n"))
        #if canImport(Glibc)
            let flags = Int32(MSG_NOSIGNAL)
        #else
            let flags: Int32 = 0
        #endif
        // A request is far smaller than the socket's buffer, which is empty: it goes whole, or the worker is gone.
        return state.withLock { state in
            !state.isClosed
                && line.withUnsafeBytes { sendBytes(descriptor, $0.baseAddress, $0.count, flags) } == line.count
        }
    }

    /// Ends it; who waits gets nil.
    func close() {
        let pending = state.withLock { state in
            defer { state.pending = [:] }
            if !state.isClosed { source.cancel() }
            state.isClosed = true
            return Array(state.pending.values)
        }
        for continuation in pending { continuation.resume(returning: nil) }
    }

    private func receive() {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else {
            if count == 0 || (errno != EAGAIN && errno != EINTR) { close() }
            return
        }
        let lines = state.withLock { state -> [[UInt8]]? in
            state.received += buffer[..<count]
            var lines: [[UInt8]] = []
            while let end = state.received.firstIndex(of: UInt8(ascii: "\n")) {
                lines.append(Array(state.received[..<end]))
                state.received.removeFirst(end + 1)
            }
            return state.received.count <= Self.lineLimit ? lines : nil
        }
        guard let lines else {
            close()
            return
        }
        for line in lines {
            guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(line)) else {
                close()
                return
            }
            state.withLock { $0.pending.removeValue(forKey: answer.id) }?.resume(returning: answer)
        }
    }

    private static func closeDescriptor(_ descriptor: Int32) -> Int32 {
        #if canImport(Glibc)
            Glibc.close(descriptor)
        #else
            Darwin.close(descriptor)
        #endif
    }
}

private func sendBytes(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ flags: Int32) -> Int {
    #if canImport(Glibc)
        Glibc.send(descriptor, bytes, count, flags)
    #else
        Darwin.send(descriptor, bytes, count, flags)
    #endif
}
