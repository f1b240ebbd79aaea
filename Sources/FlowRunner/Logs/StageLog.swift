import Subprocess
import Synchronization

/// Takes the two streams of a process, and hands on their lines with the stage that they belong to.
///
/// It always reads, whatever comes: a stage never blocks on a full pipe, and memory is bounded by one line a stream.
final class StageLog: Sendable {
    private struct State {
        var stages: [WorkerLogLine.Stream: String]
        var limits: [WorkerLogLine.Stream: FloodLimit] = [:]
        /// The last lines of standard error since its stage began.
        var tail: [String] = []
        /// Marks that are waited for, each until both streams have brought it.
        var expected: [String: (streams: Set<WorkerLogLine.Stream>, latch: Latch<Void>)] = [:]
    }

    private static let tailLines = 60

    /// Marks that carry another token are lines of the user's.
    private let token: String
    private let sink: @Sendable (WorkerLogLine) -> Void
    private let state: Mutex<State>

    init(token: String, stage: String, sink: @escaping @Sendable (WorkerLogLine) -> Void) {
        self.token = token
        self.sink = sink
        state = Mutex(State(stages: [.stdout: stage, .stderr: stage]))
    }

    /// Reads to the end of the stream.
    func pump(_ sequence: SubprocessOutputSequence, _ stream: WorkerLogLine.Stream) async {
        var splitter = LineSplitter()
        do {
            for try await buffer in sequence {
                buffer.withUnsafeBytes { splitter.feed($0) { take($0, stream) } }
            }
        } catch {
            // The pipe is gone, and with it what it held; the process's end tells the rest.
        }
        splitter.finish { take($0, stream) }
        finish(stream)
    }

    /// Waits until what was printed before the mark has been handed on.
    func reached(mark: String) -> Latch<Void> {
        state.withLock { state in
            let latch = Latch<Void>()
            state.expected[mark] = ([.stdout, .stderr], latch)
            return latch
        }
    }

    /// The last lines of standard error in its stage, as one text.
    var tail: String? {
        state.withLock { $0.tail.isEmpty ? nil : $0.tail.joined(separator: "\n") }
    }

    private func take(_ piece: LineSplitter.Piece, _ stream: WorkerLogLine.Stream) {
        switch piece {
        case .line(let text): hand(on: text, stream)
        case .mark(let text):
            let words = text.split(separator: " ", maxSplits: 2).map(String.init)
            guard words.count == 3, words[0] == token else {
                hand(on: text, stream)
                return
            }
            mark(words[1], words[2], stream)
        }
    }

    private func mark(_ kind: String, _ text: String, _ stream: WorkerLogLine.Stream) {
        let (notice, stage, latch) = state.withLock { state -> (String?, String, Latch<Void>?) in
            let stage = state.stages[stream] ?? ""
            let notice = state.limits[stream, default: FloodLimit()].takeNotice()
            if kind == "begin" {
                state.stages[stream] = text
                if stream == .stderr { state.tail = [] }
                return (notice, stage, nil)
            }
            guard var entry = state.expected[text] else { return (notice, stage, nil) }
            entry.streams.remove(stream)
            state.expected[text] = entry.streams.isEmpty ? nil : entry
            return (notice, stage, entry.streams.isEmpty ? entry.latch : nil)
        }
        if let notice { sink(WorkerLogLine(stage: stage, stream: stream, text: notice)) }
        latch?.set(())
    }

    private func hand(on text: String, _ stream: WorkerLogLine.Stream) {
        let now = ContinuousClock.now
        let (stage, passes, notice) = state.withLock { state -> (String, Bool, String?) in
            if stream == .stderr {
                state.tail.append(String(text.prefix(1000)))
                if state.tail.count > Self.tailLines { state.tail.removeFirst() }
            }
            let passes = state.limits[stream, default: FloodLimit()].admit(at: now)
            return (
                state.stages[stream] ?? "", passes,
                passes ? state.limits[stream, default: FloodLimit()].takeNotice() : nil
            )
        }
        if let notice { sink(WorkerLogLine(stage: stage, stream: stream, text: notice)) }
        if passes { sink(WorkerLogLine(stage: stage, stream: stream, text: text)) }
    }

    private func finish(_ stream: WorkerLogLine.Stream) {
        let (stage, notice, latches) = state.withLock { state -> (String, String?, [Latch<Void>]) in
            var done: [Latch<Void>] = []
            for (mark, var entry) in state.expected {
                entry.streams.remove(stream)
                state.expected[mark] = entry.streams.isEmpty ? nil : entry
                if entry.streams.isEmpty { done.append(entry.latch) }
            }
            return (state.stages[stream] ?? "", state.limits[stream, default: FloodLimit()].takeNotice(), done)
        }
        if let notice { sink(WorkerLogLine(stage: stage, stream: stream, text: notice)) }
        for latch in latches { latch.set(()) }
    }
}
