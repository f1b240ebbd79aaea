import Foundation

/// How a setting changes from round to round. One of three forms, as the flow's file has it:
///
/// - `{from, factor, every, floor}`: `from * factor^((round - 1) / every)`, the exponent rounded down, and never below
///   `floor`;
/// - `{cosine: {from, to, rounds}}`: half a cosine from `from` to `to` (Loshchilov and Hutter, "SGDR: Stochastic gradient
///   descent with warm restarts", ICLR 2017, equation 5), which is reached after `rounds` rounds and stays;
/// - `{values: {1: a, 10: b}}`: the value of the latest round that is named; before the first of them the flow's own.
package struct Schedule: Codable, Sendable, Hashable {
    package struct Cosine: Codable, Sendable, Hashable {
        package var from: Double
        package var to: Double
        package var rounds: Int
    }

    package var from: Double?
    package var factor: Double?
    package var every: Int?
    package var floor: Double?
    package var cosine: Cosine?
    package var values: [String: JSONValue]?

    package init() {}

    /// The value in a round, counted from 1; nil leaves it at the flow's own.
    package func value(inRound round: Int) -> JSONValue? {
        guard round > 0 else { return nil }
        if let values {
            let begun = values.keys.compactMap { Int($0) }.filter { $0 <= round }.max()
            return begun.flatMap { values[String($0)] }
        }
        if let cosine {
            let share = Double(min(round - 1, cosine.rounds)) / Double(max(1, cosine.rounds))
            return .double(cosine.to + (cosine.from - cosine.to) * (1 + cos(Double.pi * share)) / 2)
        }
        guard let from, let factor else { return nil }
        let value = from * pow(factor, Double((round - 1) / max(1, every ?? 1)))
        return .double(max(value, floor ?? -.infinity))
    }
}

extension Flow {
    /// The name under which a schedule changes the rounds' epochs instead of a setting.
    package static let epochsName = "epochs"

    /// The settings that stages get in a round, counted from 1; outside of rounds, in round 0, those of the file.
    package func settings(inRound round: Int) -> [String: JSONValue] {
        guard let schedule = rounds.schedule else { return settings }
        var all = JSONValue.object(settings)
        for (name, schedule) in schedule where name != Flow.epochsName {
            guard let value = schedule.value(inRound: round) else { continue }
            all.set(value, at: name.split(separator: ".").map(String.init)[...])
        }
        return if case .object(let members) = all { members } else { settings }
    }
}

extension RoundsPolicy {
    /// Local epochs in a round, counted from 1.
    package func epochs(inRound round: Int) -> Int {
        let scheduled: Double? =
            switch epochsSchedule?.value(inRound: round) {
            case .int(let value): Double(value)
            case .double(let value): value
            default: nil
            }
        return scheduled.map { Int(min(max(1, $0.rounded()), 100_000)) } ?? epochs
    }
}

extension JSONValue {
    /// Puts a value in the place of the one that is there.
    fileprivate mutating func set(_ value: JSONValue, at path: ArraySlice<String>) {
        guard let first = path.first else {
            self = value
            return
        }
        guard case .object(var members) = self, var inner = members[first] else { return }
        inner.set(value, at: path.dropFirst())
        members[first] = inner
        self = .object(members)
    }
}
