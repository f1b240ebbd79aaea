import ControllerClient
import Logging

/// Keeps a stream open on which the controller tells changes as they happen. While it is cut, heartbeats bring them.
struct Watcher: Sendable {
    let services: NodeServices
    let roster: Roster

    func run() async {
        var backoff = Backoff(first: 0.25, longest: 20)
        while !Task.isCancelled {
            do {
                for try await document in services.client.watch(node: services.registration.node) {
                    backoff.reset()
                    roster.take(document)
                }
                services.logger.debug("watch stream ended")
            } catch {
                guard !Task.isCancelled else { return }
                services.logger.debug("watch stream cut", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: backoff.next())
        }
    }
}
