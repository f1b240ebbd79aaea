import ControllerClient

/// Follows a stream over cuts: a controller that restarts, or a network that is away for a while.
struct Following {
    /// Attempts in a row that brought nothing, before it gives up.
    var attempts = 30
    var pause = Duration.seconds(1)

    /// - Parameter stream: Reads until the stream ends, from where it stopped the last time; gives whether all is told.
    func run(_ stream: () async throws -> Bool) async throws {
        var failures = 0
        while true {
            do {
                if try await stream() { return }
                failures = 0
            } catch let error as ClientError where error.isTransient {
                failures += 1
                guard failures < attempts else { throw error }
            }
            try await Task.sleep(for: pause)
        }
    }
}
