import Core

/// What `fedops init` found and wrote, for programs and for people.
struct InitReport: Encodable {
    struct Stage: Encodable {
        var stage: String
        /// Nil where none was found.
        var uses: String?
        var place: String?
        var why: String?
        var others: [String]
    }

    var file: String
    var task: String
    var shapes: [String]
    var evidence: [String]
    var stages: [Stage]
    var settings: [String: JSONValue]
    var requirements: String?
    /// Files that were written besides the flow's.
    var written: [String]
    var guesses: [String]
    var todo: [String]
    var notes: [String]
    var filesSeen: Int
    var seconds: Double

    func lines(_ console: Console) -> [String] {
        var lines = ["\(Paint.strong(SafeText.line(shapes.joined(separator: ", ")), console))"]
        lines += evidence.map { "  \(SafeText.line($0))" }
        lines.append("")
        var table = Table("STAGE", "USES", "WHERE", "WHY*", empty: "")
        for stage in stages {
            table.add(
                .init(stage.stage),
                stage.uses.map { .init($0) } ?? .init("not found", .bad),
                .init(stage.place ?? "-"),
                .init(stage.why ?? "-")
            )
        }
        lines += table.lines(console)
        func list(_ title: String, _ items: [String], _ paint: Paint) {
            guard !items.isEmpty else { return }
            lines += ["", paint(title, console)] + items.map { "  \(SafeText.line($0))" }
        }
        list("guessed", guesses, .warning)
        list("to do", todo, .bad)
        list("notes", notes, .faint)
        lines.append("")
        let place = file == "fedops.yaml" ? "" : " \(SafeText.line(file))"
        let wrote = ([file] + written).map(SafeText.line).joined(separator: ", ")
        lines.append("wrote \(wrote)")
        lines.append(
            todo.isEmpty
                ? "next: fedops check\(place), then fedops try\(place) for rounds on this machine, then commit it"
                : "next: mend what is to do; fedops check points at it"
        )
        return lines
    }
}
