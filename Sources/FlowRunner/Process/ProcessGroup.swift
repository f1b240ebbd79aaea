import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The process group of one child, which leads it under its own id.
///
/// A signal is sent only while the leader hasn't been reaped: until then the kernel gives its id to nobody else.
final class ProcessGroup: Sendable {
    private enum State {
        /// Not started; the signals that it gets as soon as it is.
        case ahead([Int32])
        case running(pid_t)
        case ended
    }

    private let state = Mutex(State.ahead([]))

    /// The leader's id while it runs.
    var leader: pid_t? {
        state.withLock { if case .running(let id) = $0 { id } else { nil } }
    }

    func begin(leader: pid_t) {
        state.withLock { state in
            if case .ahead(let signals) = state {
                for signal in signals { _ = kill(-leader, signal) }
            }
            state = .running(leader)
        }
    }

    func signal(_ signal: Int32) {
        state.withLock { state in
            switch state {
            case .ahead(let signals): state = .ahead(signals + [signal])
            case .running(let leader): _ = kill(-leader, signal)
            case .ended: break
            }
        }
    }

    func signalLeader(_ signal: Int32) {
        state.withLock { if case .running(let leader) = $0 { _ = kill(leader, signal) } }
    }

    /// Kills whatever is left of the group. To be called before the leader is reaped.
    func end() {
        state.withLock { state in
            if case .running(let leader) = state { _ = kill(-leader, SIGKILL) }
            state = .ended
        }
    }
}
