extension String {
    /// The text in quotes on one line, cut after `limit` characters, without anything that could move a cursor or
    /// change a colour: for messages about text that someone else wrote.
    package func quotedForPeople(limit: Int = 60) -> String {
        var quoted = "\""
        for scalar in unicodeScalars.prefix(limit) {
            switch scalar {
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case "\r": quoted += "\\r"
            default:
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                    quoted += "\\u{\(String(scalar.value, radix: 16))}"
                default: quoted.unicodeScalars.append(scalar)
                }
            }
        }
        return quoted + (unicodeScalars.count > limit ? "…\"" : "\"")
    }
}
