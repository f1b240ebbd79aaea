import Core
import Foundation

/// Amounts as people read them.
package enum Measures {
    /// A length of time with two units at most, as kubectl writes ages: `45s`, `3m20s`, `47m`, `5h12m`, `3d4h`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite else { return "-" }
        let total = Int(max(0, seconds))
        let (minutes, hours, days) = (total / 60, total / 3600, total / 86_400)
        func pair(_ large: Int, _ unit: String, _ small: Int, _ smallUnit: String) -> String {
            small == 0 ? "\(large)\(unit)" : "\(large)\(unit)\(small)\(smallUnit)"
        }
        if total < 120 { return "\(total)s" }
        if minutes < 10 { return pair(minutes, "m", total % 60, "s") }
        if hours < 3 { return "\(minutes)m" }
        if hours < 8 { return pair(hours, "h", minutes % 60, "m") }
        if days < 2 { return "\(hours)h" }
        if days < 8 { return pair(days, "d", hours % 24, "h") }
        if days < 730 { return "\(days)d" }
        return pair(days / 365, "y", days % 365, "d")
    }

    static func age(_ instant: Instant?, _ console: Console) -> String {
        instant.map { duration(Instant(console.now()).seconds(since: $0)) } ?? "-"
    }

    /// A length of time that may be under a second.
    package static func fine(_ seconds: Double) -> String {
        seconds < 10 ? "\(number(seconds, digits: 1))s" : duration(seconds)
    }

    package static func bytes(_ count: Int?) -> String {
        guard let count else { return "-" }
        var amount = Double(count)
        for unit in ["B", "KiB", "MiB", "GiB"] {
            if amount < 1024 { return (unit == "B" ? "\(count)" : number(amount, digits: 1)) + " " + unit }
            amount /= 1024
        }
        return number(amount, digits: 1) + " TiB"
    }

    package static func number(_ value: Double, digits: Int) -> String {
        guard value.isFinite else { return "\(value)" }
        return value.formatted(
            .number.precision(.fractionLength(digits)).grouping(.never).locale(Locale(identifier: "en_US_POSIX"))
        )
    }

    /// `accuracy 0.9412, loss 0.2210`, by name.
    package static func metrics(_ metrics: [String: Double]) -> String {
        metrics.isEmpty
            ? "-"
            : metrics.sorted { $0.key < $1.key }.map { "\($0.key) \(number($0.value, digits: 4))" }.joined(
                separator: ", "
            )
    }

    /// Those of the clients, and those of the server node where it evaluates too.
    package static func metrics(_ metrics: [String: Double], server: [String: Double]?) -> String {
        guard let server else { return self.metrics(metrics) }
        let own = "on the server: \(self.metrics(server))"
        return metrics.isEmpty ? own : "\(self.metrics(metrics)); \(own)"
    }

    /// With its sign: `+0.0120`.
    static func contribution(_ value: Double?) -> String {
        value.map { ($0 < 0 ? "" : "+") + number($0, digits: 4) } ?? "-"
    }

    static func labels(_ labels: [String: String]) -> String {
        labels.isEmpty ? "-" : labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }

    static func list(_ names: [String]) -> String { names.isEmpty ? "-" : names.joined(separator: ", ") }
}
