/// A length of time as a flow writes it: `90s`, `5m`, `1h30m`, `500ms`. Kept to the millisecond.
package struct FlowDuration: Sendable, Equatable, Hashable {
    package let milliseconds: Int

    package init(milliseconds: Int) {
        self.milliseconds = milliseconds
    }

    package static func seconds(_ count: Int) -> FlowDuration { .init(milliseconds: count * 1000) }
    package static func minutes(_ count: Int) -> FlowDuration { .seconds(count * 60) }
    package static func hours(_ count: Int) -> FlowDuration { .minutes(count * 60) }
    package static func days(_ count: Int) -> FlowDuration { .hours(count * 24) }

    package var duration: Duration { .milliseconds(milliseconds) }

    private static let units: [(name: String, milliseconds: Int)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// Reads whole numbers with units, the larger unit first and each at most once; nil for any other text, and for
    /// a length that 64 bits of milliseconds cannot hold.
    package init?(_ text: String) {
        var rest = text.utf8[...]
        var total = 0
        var units = Self.units[...]
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCIIDigit }
            let name = rest.dropFirst(digits.count).prefix { $0.isASCIILetter }
            guard let count = Int(String(Substring(digits))),
                let unit = units.firstIndex(where: { $0.name == String(Substring(name)) })
            else { return nil }
            let (product, tooLong) = count.multipliedReportingOverflow(by: units[unit].milliseconds)
            let (sum, tooLongInAll) = total.addingReportingOverflow(product)
            guard !tooLong, !tooLongInAll else { return nil }
            total = sum
            units = units[(unit + 1)...]
            rest = rest.dropFirst(digits.count + name.count)
        }
        guard !text.isEmpty else { return nil }
        milliseconds = total
    }
}

extension FlowDuration: CustomStringConvertible {
    /// The shortest text that reads back as the same length, such as `1h30m`.
    package var description: String {
        guard milliseconds != 0 else { return "0s" }
        var rest = milliseconds
        return Self.units.reduce(into: "") { text, unit in
            let (count, remainder) = rest.quotientAndRemainder(dividingBy: unit.milliseconds)
            if count != 0 { text += "\(count)\(unit.name)" }
            rest = remainder
        }
    }
}

extension FlowDuration: Comparable {
    package static func < (left: FlowDuration, right: FlowDuration) -> Bool { left.milliseconds < right.milliseconds }
}

extension FlowDuration: TextCodable {
    package static let textRule = "a duration such as 90s, 5m, 1h30m or 500ms"
}
