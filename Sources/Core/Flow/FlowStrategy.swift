extension Flow {
    /// How updates become one model. In text either its name, or a map with `name` and the options.
    package struct Strategy: Sendable, Equatable {
        /// The strategies that there are; what each does is in `docs/reference/strategies.md`, with its source.
        package enum Name: String, Sendable, CaseIterable {
            case fedavg, fedprox, fedavgm, fedadam, fedyogi, fedadagrad, scaffold, fednova
            case median, trimmedmean, krum, multikrum, bulyan
            /// That of a Flower app's own ServerApp, in the app's own code.
            case serverapp

            /// The options that it knows, with what is taken where the flow gives none.
            package var options: [Option] {
                let rate = Option("eta", .number(0...1000, excluding: 0), .double(0.1))
                let beta1 = Option("beta1", .number(0...1, excluding: 1), .double(0.9))
                let beta2 = Option("beta2", .number(0...1, excluding: 1), .double(0.99))
                let tau = Option("tau", .number(0...1000, excluding: 0), .double(0.001))
                let malicious = Option("f", .whole(0...5000))
                return switch self {
                case .fedavg, .fednova, .median, .serverapp: []
                case .fedprox: [Option("mu", .number(0...1000))]
                case .fedavgm:
                    [rate.defaulting(to: .double(1)), Option("beta", .number(0...1, excluding: 1), .double(0.9))]
                case .fedadam: [rate, beta1, beta2, tau, Option("biasCorrection", .flag, .bool(false))]
                case .fedyogi: [rate.defaulting(to: .double(0.01)), beta1, beta2, tau]
                case .fedadagrad: [rate, tau]
                case .scaffold:
                    [rate.defaulting(to: .double(1)), Option("clients", .whole(1...1_000_000), isNeeded: false)]
                case .trimmedmean: [Option("beta", .number(0...0.5, excluding: 0.5), .double(0.2))]
                case .krum, .bulyan: [malicious]
                case .multikrum: [malicious, Option("m", .whole(1...10_000), isNeeded: false)]
                }
            }

            /// Whether its name alone says all that it has to know.
            package var standsAlone: Bool { !options.contains(where: \.isNeeded) }
        }

        /// One option of a strategy.
        package struct Option: Sendable, Equatable {
            package enum Kind: Sendable, Equatable {
                /// Finite, within the range, and not `excluding`, which is one of its ends.
                case number(ClosedRange<Double>, excluding: Double? = nil)
                case whole(ClosedRange<Int>)
                case flag
            }

            package let key: String
            package let kind: Kind
            package private(set) var standard: JSONValue?
            /// Whether the flow has to give it.
            package let isNeeded: Bool

            init(_ key: String, _ kind: Kind, _ standard: JSONValue? = nil, isNeeded: Bool = true) {
                self.key = key
                self.kind = kind
                self.standard = standard
                self.isNeeded = isNeeded && standard == nil
            }

            fileprivate func defaulting(to standard: JSONValue) -> Option {
                var option = self
                option.standard = standard
                return option
            }

            /// Whether a value is of its type and in its range.
            package func allows(_ value: JSONValue) -> Bool {
                switch (kind, value) {
                case (.number(let range, let excluded), _):
                    value.number.map { range.contains($0) && $0 != excluded } ?? false
                case (.whole(let range), .int(let number)): range.contains(number)
                case (.flag, .bool): true
                default: false
                }
            }

            /// What is allowed, for messages.
            package var rule: String {
                switch kind {
                case .number(let range, let excluded):
                    "a number "
                        + (excluded == range.lowerBound
                            ? "above \(Self.text(range.lowerBound))" : "from \(Self.text(range.lowerBound))")
                        + (excluded == range.upperBound
                            ? " to below \(Self.text(range.upperBound))" : " to \(Self.text(range.upperBound))")
                case .whole(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
                case .flag: "true or false"
                }
            }

            private static func text(_ number: Double) -> String {
                number == number.rounded() ? String(Int(number)) : String(number)
            }
        }

        package var name: String
        /// Those that the flow gives, of those that the strategy knows.
        package var options: [String: JSONValue]

        package init(name: String, options: [String: JSONValue]) {
            self.name = name
            self.options = options
        }
    }
}

extension Flow.Strategy {
    /// Nil for a name that this FedOps doesn't know.
    package var known: Name? { Name(rawValue: name) }

    /// An option's value, or its default; nil where it has none.
    package subscript(key: String) -> JSONValue? {
        options[key] ?? known?.options.first { $0.key == key }?.standard
    }

    /// All options with their values, defaults included.
    package var values: [String: JSONValue] {
        let standard = (known?.options ?? []).compactMap { option in option.standard.map { (option.key, $0) } }
        return Dictionary(standard) { first, _ in first }.merging(options) { $1 }
    }

    /// What is wrong with a strategy that no parser has looked at; nil where nothing is.
    package var flaw: String? {
        guard let known else {
            let names = Name.allCases.map(\.rawValue)
            let nearest = NearestWord.of(name, among: names).map { "; did you mean \($0)?" } ?? ""
            return
                "strategy \(name.quotedForPeople()) is not known; there are \(names.joined(separator: ", "))\(nearest)"
        }
        let knownOptions = known.options
        for key in options.keys.sorted() where !knownOptions.contains(where: { $0.key == key }) {
            return "strategy \(name) has no option \(key.quotedForPeople())"
        }
        for option in knownOptions {
            guard let value = options[option.key] else {
                if option.isNeeded { return "strategy \(name) needs the option \(option.key): \(option.rule)" }
                continue
            }
            guard option.allows(value) else { return "strategy \(name): \(option.key) has to be \(option.rule)" }
        }
        return nil
    }

    /// The fewest updates that it can make a model of, and the rule that says so.
    package var least: (updates: Int, rule: String)? {
        let malicious: Int
        if case .int(let f)? = options["f"] { malicious = f } else { malicious = 0 }
        switch known {
        case .krum: return (2 * malicious + 3, "2f + 3 with f = \(malicious)")
        case .multikrum:
            if case .int(let m)? = options["m"], m > 2 * malicious + 3 { return (m, "m") }
            return (2 * malicious + 3, "2f + 3 with f = \(malicious)")
        case .bulyan: return (4 * malicious + 3, "4f + 3 with f = \(malicious)")
        default: return nil
        }
    }
}

extension JSONValue {
    /// A finite number, whole or not; nil for anything else.
    package var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value) where value.isFinite: value
        default: nil
        }
    }
}

extension Flow.Strategy: Codable {
    package init(from decoder: any Decoder) throws {
        switch try JSONValue(from: decoder) {
        case .string(let name):
            self.init(name: name, options: [:])
        case .object(var options):
            guard case .string(let name)? = options.removeValue(forKey: "name") else { fallthrough }
            self.init(name: name, options: options)
        default:
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "the name of a strategy is missing")
            )
        }
    }

    package func encode(to encoder: any Encoder) throws {
        guard !options.isEmpty else {
            try name.encode(to: encoder)
            return
        }
        try options.merging(["name": .string(name)]) { $1 }.encode(to: encoder)
    }
}
