import ArgumentParser
import ControllerClient
import Core

/// How long a command waits for what it asked for.
struct TimeoutOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Give up waiting after this time.", valueName: "duration"))
    var timeout: FlowDuration = .hours(1)
}

struct WaitOptions: ParsableArguments {
    @Flag(name: .long, help: "Wait until it is done, and end with how it ended.")
    var wait = false

    @OptionGroup var limit: TimeoutOptions
}

extension FlowDuration: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }

    package var defaultValueDescription: String { description }
}

/// Looks again and again until something is so.
struct Watch {
    var timeout: FlowDuration
    var pause = Duration.milliseconds(500)

    /// - Parameters:
    ///   - what: What is waited for, for the message when the time is over.
    ///   - look: Nil while it isn't there yet. Failures that may pass, such as a controller that restarts, are waited
    ///     out.
    func callAsFunction<Value>(for what: String, _ look: () async throws -> Value?) async throws -> Value {
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: timeout.duration)
        var failure: (any Error)?
        while true {
            do {
                if let value = try await look() { return value }
                failure = nil
            } catch let error as ClientError where error.isTransient {
                failure = error
            }
            guard clock.now < end else {
                throw CommandFailure(
                    "gave up after \(timeout), waiting for \(what)" + (failure.map { ": \($0)" } ?? "")
                )
            }
            try await Task.sleep(for: pause)
        }
    }
}
