import FlowRunner
import Synchronization

/// What the stages print, by the client that is played: the last lines of each, to be shown with a failure.
final class StageLines: Sendable {
    private static let kept = 20

    private struct State {
        var playing: [Int: String] = [:]
        var lines: [String: [String]] = [:]
    }

    private let state = Mutex(State())
    private let observer: @Sendable (FederationEvent) -> Void

    init(_ observer: @escaping @Sendable (FederationEvent) -> Void) { self.observer = observer }

    /// From here on what the worker at this place prints is the client's.
    func plays(_ node: String, at place: Int) {
        state.withLock { state in
            if state.playing[place] != node { state.lines[node] = nil }
            state.playing[place] = node
        }
    }

    /// - Parameter place: Below 0 for the server node's.
    func append(_ line: WorkerLogLine, at place: Int) {
        let node = state.withLock { state in
            let node = state.playing[place] ?? (place < 0 ? LocalRun.serverName : "worker \(place + 1)")
            var lines = state.lines[node] ?? []
            lines.append(line.text)
            state.lines[node] = lines.suffix(Self.kept)
            return node
        }
        observer(.line(node: node, line))
    }

    /// The last lines, the oldest first.
    func tail(of node: String) -> [String] { state.withLock { $0.lines[node] ?? [] } }
}

/// Which worker trained a client, for its evaluation.
final class Pins: Sendable {
    private let places = Mutex<[String: Int]>([:])

    func set(_ node: String, _ place: Int) { places.withLock { $0[node] = place } }
    func take(_ node: String) -> Int? { places.withLock { $0.removeValue(forKey: node) } }
}
