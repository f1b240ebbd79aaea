import Core
import Foundation

/// The key of a tracker's server: read from its file at each start of the tracker's process, which gets it in the variable
/// that the tracker's library looks in; never in a log.
struct TrackerKey: Sendable {
    private static let mostBytes = 16 << 10

    let variables: [String: String]
    private let secret: String?

    /// - Parameter environment: Of the site; tells the path where the tracker names a variable.
    init(_ tracker: Flow.Tracker, environment: [String: String]) throws {
        guard let keyFile = tracker.keyFile else {
            variables = [:]
            secret = nil
            return
        }
        var path = keyFile
        if keyFile.hasPrefix("$") {
            let name = String(keyFile.dropFirst())
            guard let value = environment[name] ?? ProcessInfo.processInfo.environment[name], !value.isEmpty else {
                throw EngineError(
                    "keyFile: the variable \(name) isn't set on this node: start its manager with --env \(name)=PATH"
                )
            }
            path = value
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw EngineError("keyFile: \(path) isn't there, or can't be read by the manager's user")
        }
        let key = String(decoding: data.prefix(Self.mostBytes), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        guard !key.isEmpty, !key.contains(where: { $0.isNewline || $0 == "\0" }) else {
            throw EngineError("keyFile: \(path) has to hold the key on its one line")
        }
        secret = key
        variables =
            switch (tracker.name, tracker.user) {
            case (.wandb, _): ["WANDB_API_KEY": key]
            case (_, let user?): ["MLFLOW_TRACKING_USERNAME": user, "MLFLOW_TRACKING_PASSWORD": key]
            case (_, nil): ["MLFLOW_TRACKING_TOKEN": key]
            }
    }

    /// The text without the key.
    func redact(_ text: String) -> String {
        guard let secret else { return text }
        return text.replacing(secret, with: "***")
    }
}
