import Core

enum LabelValidation {
    static func mistakes(_ labels: [String: String]) -> [String] {
        var mistakes: [String] = []
        if labels.count > 64 { mistakes.append("labels: found \(labels.count), at most 64 are allowed") }
        for (name, value) in labels.sorted(by: { $0.key < $1.key }) {
            if !Label.isName(name) {
                mistakes.append("labels: \"\(name.prefix(80))\" is not \(Label.nameRule)")
            }
            if !Label.isValue(value) {
                mistakes.append("labels.\(name.prefix(63)): \"\(value.prefix(80))\" is not \(Label.valueRule)")
            }
        }
        return mistakes
    }
}
