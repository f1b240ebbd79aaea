extension FlowReader {
    mutating func whole(_ fields: Fields, _ key: String, _ range: ClosedRange<Int>) -> Int? {
        guard let value = fields[key] else { return nil }
        if case .int(let number) = value.content, range.contains(number) { return number }
        refuse(
            value,
            fields.path(of: key),
            allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)"
        )
        return nil
    }

    /// A duration or a size, which have units.
    mutating func measure<T: TextCodable & Comparable>(_ fields: Fields, _ key: String, _ range: ClosedRange<T>) -> T? {
        guard let value = fields[key] else { return nil }
        let unit = T.self == ByteSize.self ? "MiB" : "s"
        return text(
            value,
            fields.path(of: key),
            allowed: "\(T.textRule), from \(range.lowerBound) to \(range.upperBound),",
            hint: { value in
                guard case .int(let number) = value.content else { return nil }
                return "the unit is missing, such as \(number)\(unit)"
            },
            { text in T(text).flatMap { range.contains($0) ? $0 : nil } }
        )
    }

    /// Any number within a range.
    mutating func number(_ fields: Fields, _ key: String, _ range: ClosedRange<Double>) -> Double? {
        guard let value = fields[key] else { return nil }
        switch value.content {
        case .int(let number) where range.contains(Double(number)): return Double(number)
        case .double(let number) where range.contains(number): return number
        default:
            let rule =
                switch (range.lowerBound, range.upperBound) {
                case (-Double.greatestFiniteMagnitude, _): "a number"
                case (Double.leastNonzeroMagnitude, _): "a number above 0"
                case (let least, Double.greatestFiniteMagnitude): "a number from \(Int(least))"
                case (let least, let most): "a number from \(Int(least)) to \(Int(most))"
                }
            refuse(value, fields.path(of: key), allowed: rule)
            return nil
        }
    }
}
