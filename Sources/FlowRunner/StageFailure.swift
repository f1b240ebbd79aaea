/// Why a stage gave nothing.
package struct StageFailure: Error, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable {
        /// The user's code raised, or its command ended with a status other than 0.
        case exception
        /// The process ended by itself, or by a signal.
        case crash
        /// The stage was still running at its time limit and was killed.
        case timeout
        /// The stage can't be called as the flow says, or gave something that can't be used.
        case invalid
        /// The caller no longer wants the result; the worker was killed.
        case cancelled
    }

    /// `start`, `check`, `data`, `model`, `train` or `evaluate`.
    package var stage: String
    package var kind: Kind
    /// One line: what happened, where, and what to do where that can be told.
    package var message: String
    /// Frames of the user's code, or the last lines that the process wrote to its standard error. Paths are relative
    /// to the flow's folder.
    package var traceback: String?

    package init(stage: String, kind: Kind, message: String, traceback: String? = nil) {
        self.stage = stage
        self.kind = kind
        self.message = message
        self.traceback = traceback
    }
}

extension StageFailure: CustomStringConvertible {
    package var description: String { "stage \(stage): \(message)" }
}
