import API
import Core

/// One revision, for people.
struct RevisionPage {
    private(set) var lines: [String] = []

    init(_ revision: RevisionView, _ console: Console) {
        var page = Page(console)
        page.field("Revision", "\(revision.name) (number \(revision.number) of \(revision.task))", .strong)
        page.field("State", revision.state.rawValue, Self.paint(revision.state))
        page.field("Commit", revision.commit)
        page.field("Subject", revision.subject)
        page.field("Author", revision.author)
        page.field("Artifact", revision.digest)
        page.field("Packages", revision.environment)
        page.field("Files", revision.files.map { "\($0), \(Measures.bytes(revision.bytes))" })
        page.field("Age", Measures.age(revision.created, console))
        if let finished = revision.finished {
            page.field("Took", Measures.fine(finished.seconds(since: revision.created)))
        }
        page.append(Self.failure(revision, console))
        lines = page.lines
    }

    /// One line, and the end of the log where the build failed.
    static func summary(_ revision: RevisionView, _ name: String, _ console: Console) -> [String] {
        var page = Page(console)
        let subject = revision.subject.map { ", \"\($0)\"" } ?? ""
        page.field(
            name,
            "\(revision.name) (\(revision.commit.short)) \(revision.state.rawValue)\(subject)",
            paint(revision.state)
        )
        page.append(failure(revision, console))
        return page.lines
    }

    /// Why a build failed, with the last lines of its log.
    static func failure(_ revision: RevisionView, _ console: Console) -> [String] {
        guard revision.state == .failed else { return [] }
        var lines = ["  " + Paint.bad(SafeText.line(revision.reason ?? "no reason is known"), console)]
        for line in revision.logTail ?? [] { lines.append("  " + Paint.faint("│ " + SafeText.line(line), console)) }
        return lines
    }

    static func paint(_ state: BuildState) -> Paint {
        switch state {
        case .ready: .good
        case .failed: .bad
        case .superseded: .faint
        case .queued, .building, .testing, .packing: .busy
        }
    }
}
