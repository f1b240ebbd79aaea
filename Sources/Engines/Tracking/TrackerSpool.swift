import Artifacts
import Core
import Crypto
import Foundation

/// Rounds that a tracker hasn't got for certain: `accounts/<epoch>.json`, and the models that go with them.
///
/// An account is durable before its round's ticket is put down, and stays until the tracker's side has said that it is
/// kept there.
struct TrackerSpool: Sendable {
    /// Models that wait at most: a tracker that is away must not fill the disk.
    static let mostModels = 3

    let root: URL
    let tracker: Flow.Tracker

    private var accounts: URL { root.appending(path: "accounts") }
    private var models: URL { root.appending(path: "models") }
    /// The process's own, made anew at each start.
    var work: URL { root.appending(path: "work") }

    /// Of one tracker among those of a task; its name says its settings too.
    init(_ tracker: Flow.Tracker, in folder: URL) throws {
        self.tracker = tracker
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let content = try encoder.encode(tracker)
        let digest = SHA256.hash(data: content).prefix(4).map { String($0, radix: 16) }.joined()
        root = folder.appending(path: "\(tracker.name.rawValue)-\(digest)")
        let settings = root.appending(path: "tracker.json")
        guard !FileManager.default.fileExists(atPath: settings.path) else { return }
        try Durable.makeFolder(accounts)
        try Durable.makeFolder(models)
        try Durable.write(content, to: settings, mode: 0o600)
    }

    /// Those of earlier processes, whatever flow they were for.
    static func all(in folder: URL) -> [TrackerSpool] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().compactMap { name in
            let settings = folder.appending(path: "\(name)/tracker.json")
            guard let data = FileManager.default.contents(atPath: settings.path),
                let tracker = try? JSONDecoder().decode(Flow.Tracker.self, from: data)
            else { return nil }
            return try? TrackerSpool(tracker, in: folder)
        }
    }

    func file(of epoch: Int) -> URL { accounts.appending(path: "\(epoch).json") }

    /// Epochs of the rounds that wait, the oldest first.
    func pending() -> [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: accounts.path)) ?? []
        return names.compactMap { $0.hasSuffix(".json") ? Int($0.dropLast(5)) : nil }.sorted()
    }

    /// Keeps an account, with its model under another name of the same file.
    ///
    /// - Returns: The epochs of rounds whose models don't wait any longer.
    func add(_ account: RoundAccount, model: URL?) throws -> [Int] {
        var account = account
        var dropped: [Int] = []
        if let model, let every = tracker.models, account.round.isMultiple(of: every) {
            let place = models.appending(path: "\(account.epoch).safetensors")
            try? FileManager.default.removeItem(at: place)
            try FileManager.default.linkItem(at: model, to: place)
            try Durable.synchronize(folder: models)
            account.file = place.path
            let waiting = try FileManager.default.contentsOfDirectory(atPath: models.path)
                .compactMap { Int($0.prefix { $0 != "." }) }.sorted()
            dropped = waiting.dropLast(Self.mostModels)
            for epoch in dropped { try dropModel(of: epoch) }
        }
        try Durable.write(JSONEncoder().encode(account), to: file(of: account.epoch))
        return dropped
    }

    private func dropModel(of epoch: Int) throws {
        if let data = FileManager.default.contents(atPath: file(of: epoch).path) {
            var account = try JSONDecoder().decode(RoundAccount.self, from: data)
            account.file = nil
            try Durable.write(JSONEncoder().encode(account), to: file(of: epoch))
        }
        try FileManager.default.removeItem(at: models.appending(path: "\(epoch).safetensors"))
    }

    /// The tracker has the round.
    func remove(_ epoch: Int) {
        try? FileManager.default.removeItem(at: models.appending(path: "\(epoch).safetensors"))
        try? FileManager.default.removeItem(at: file(of: epoch))
    }
}
