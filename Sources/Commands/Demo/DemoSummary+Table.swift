import Core
import Foundation

extension DemoSummary {
    /// Rounds by number, with what they ran on and what came of them; then who held the gate in between.
    var table: String {
        var rows = [["ROUND", "COMMIT", "REVISION", "PARTICIPANTS", "ACCURACY", "LOSS", "SECONDS"]]
        for round in rounds {
            rows.append([
                "\(round.round)", round.commit.short,
                revisions.first { $0.commit == round.commit }?.tag ?? "-",
                round.participants.joined(separator: ","),
                round.accuracy.map { String(format: "%.3f", $0) } ?? "-",
                round.loss.map { String(format: "%.3f", $0) } ?? "-",
                String(format: "%.2f", round.seconds),
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        var lines = rows.map { row in
            zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: "  ")
                .trimmingCharacters(in: .whitespaces)
        }
        for node in gateClosed {
            let reports = CommitHash(node.reports)?.short ?? node.reports
            let wants = CommitHash(node.wants)?.short ?? node.wants
            lines.append(
                String(format: "the gate waited %.1f s for ", node.seconds)
                    + "\(node.node): it reported \(reports), wanted was \(wants)"
            )
        }
        return lines.joined(separator: "\n")
    }
}
