package import Core
import Foundation

/// What an update says of itself in its request's headers, before its tensors arrive.
package struct UpdateHead: Sendable, Equatable {
    /// The commit of the code that trained it.
    package var commit: CommitHash
    /// The artifact of the code that trained it.
    package var artifact: ContentDigest
    /// SHA-256 of the file that follows.
    package var sha256: ContentDigest
    /// Examples that it was trained on: its weight in the mean.
    package var examples: Int
    /// Seconds of training.
    package var seconds: Double
    /// Metrics of training: those that `Metrics.presentable` lets pass.
    package var metrics: [String: Double]
    /// Local steps, where the strategy asks for them.
    package var steps: Double?

    package init(
        commit: CommitHash,
        artifact: ContentDigest,
        sha256: ContentDigest,
        examples: Int,
        seconds: Double,
        metrics: [String: Double],
        steps: Double? = nil
    ) {
        self.commit = commit
        self.artifact = artifact
        self.sha256 = sha256
        self.examples = examples
        self.seconds = seconds
        self.metrics = Metrics.presentable(metrics)
        self.steps = steps
    }

    /// The most examples that an update may claim: a weight has to be exact in a double.
    static let maximumExamples = 1 << 53

    package func fields() throws -> [(name: String, value: String)] {
        let head: [(name: String, value: String)] = [
            (EngineHeaders.commit, commit.text), (EngineHeaders.artifact, artifact.description),
            (EngineHeaders.sha256, sha256.description), (EngineHeaders.examples, String(examples)),
            (EngineHeaders.seconds, String(seconds)), (EngineHeaders.metrics, try Metrics.encode(metrics)),
        ]
        guard let steps else { return head }
        return head + [(EngineHeaders.steps, String(steps))]
    }

    /// Reads the headers; a header that is missing or unreadable is named in the problem.
    package init(field: (_ name: String) -> String?) throws(EngineProblem) {
        func read<Value>(_ name: String, _ shape: String, _ parse: (String) -> Value?) throws(EngineProblem) -> Value {
            guard let text = field(name) else { throw .malformed("the header \(name) is missing: \(shape)") }
            guard let value = parse(text) else {
                throw .malformed("the header \(name) is \"\(text.prefix(80))\", not \(shape)")
            }
            return value
        }
        commit = try read(EngineHeaders.commit, "a commit hash", CommitHash.init)
        artifact = try read(EngineHeaders.artifact, "an artifact's digest") { ContentDigest($0) }
        sha256 = try read(EngineHeaders.sha256, "the SHA-256 of the body") { ContentDigest($0) }
        examples = try read(EngineHeaders.examples, "a whole number of examples from 0 to 2^53") {
            Int($0).flatMap { (0...Self.maximumExamples).contains($0) ? $0 : nil }
        }
        seconds = try read(EngineHeaders.seconds, "seconds of training") {
            Double($0).flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
        }
        metrics = try read(EngineHeaders.metrics, "a JSON object of at most \(Metrics.maximum) finite numbers") {
            Metrics.decode($0)
        }
        guard field(EngineHeaders.steps) != nil else { return }
        steps = try read(EngineHeaders.steps, "a number of local steps from 1 up") {
            Double($0).flatMap { $0.isFinite && $0 >= 1 ? $0 : nil }
        }
    }
}

/// Metrics as they go over the wire: names to finite numbers.
enum Metrics {
    static let maximum = 256
    static let maximumName = 200

    /// Those that JSON can say; a metric that isn't finite is as good as not given.
    static func finite(_ metrics: [String: Double]) -> [String: Double] { metrics.filter { $0.value.isFinite } }

    /// What an engine takes of what a stage gave: finite values under names of sensible length, the first by name where
    /// there are more than `maximum`.
    static func presentable(_ metrics: [String: Double]) -> [String: Double] {
        let good = finite(metrics).filter { (1...maximumName).contains($0.key.utf8.count) }
        guard good.count > maximum else { return good }
        let kept = good.sorted { $0.key < $1.key }.prefix(maximum)
        return Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
    }

    static func areValid(_ metrics: [String: Double]) -> Bool {
        metrics.count <= maximum
            && metrics.allSatisfy { $0.value.isFinite && (1...maximumName).contains($0.key.utf8.count) }
    }

    /// JSON in ASCII, since it is a header's value.
    static func encode(_ metrics: [String: Double]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(metrics), as: UTF8.self)
        return text.utf16.reduce(into: "") { ascii, unit in
            if (0x20..<0x7f).contains(unit) {
                ascii.unicodeScalars.append(UnicodeScalar(UInt8(unit)))
            } else {
                let hex = String(unit, radix: 16)
                ascii += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            }
        }
    }

    static func decode(_ text: String) -> [String: Double]? {
        guard let metrics = try? JSONDecoder().decode([String: Double].self, from: Data(text.utf8)) else { return nil }
        return areValid(metrics) ? metrics : nil
    }

    /// The mean of each metric over those that gave it, weighted; without those that weigh nothing.
    static func mean(_ given: [(weight: Int, metrics: [String: Double])]) -> [String: Double] {
        var sums: [String: (weight: Double, sum: Double)] = [:]
        for (weight, metrics) in given where weight > 0 {
            for (name, value) in metrics {
                let sum = sums[name] ?? (0, 0)
                sums[name] = (sum.weight + Double(weight), sum.sum + Double(weight) * value)
            }
        }
        return finite(sums.mapValues { $0.sum / $0.weight })
    }
}
