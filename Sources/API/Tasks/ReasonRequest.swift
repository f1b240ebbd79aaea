/// Body of `POST /v1/tasks/{task}/rollout/pause` and of `POST /v1/tasks/{task}/runs/{run}/stop`; may be left out.
package struct ReasonRequest: Codable, Sendable {
    /// For the history.
    package var reason: String?

    package init(reason: String? = nil) { self.reason = reason }
}
