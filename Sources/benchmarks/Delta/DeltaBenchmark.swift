import ArgumentParser
import Foundation
import TestSupport

/// What a node fetches when one line of a large tree changes.
struct DeltaBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delta",
        abstract: "Count the bytes that a node fetches for a one-line change, beside git, rsync and casync.",
        discussion: """
            Needs git, python3 and the fedops executable beside this one (swift build -c release); rsync and casync take \
            part where they are installed (apt-get install rsync casync).
            """
    )

    @Option(help: "Files of the tree.")
    var files = 1000

    @Option(help: "Bytes of each file.")
    var bytes = 100_000

    func validate() throws {
        guard files > 0, bytes >= 130 else { throw ValidationError("Give one file or more, of 130 bytes or more.") }
    }

    func run() async throws {
        let tree = Tree(files: files, bytes: bytes)
        let figures = try await withWorkplace("delta") { fixture in
            let project = try await DeltaProject(tree, in: fixture)
            var figures = [try await FleetDelta(project: project).measure(in: fixture)]
            figures.append(try await project.gitDelta(in: fixture))
            if Tool.isInstalled("rsync") { figures += try await project.rsyncDelta(in: fixture) }
            if Tool.isInstalled("casync") { figures.append(try await project.casyncDelta(in: fixture)) }
            return figures
        }
        var table = Table("", "first MB", "first s", "change bytes down", "up", "change s")
        for figure in figures { figure.add(to: &table) }
        print("\(files) files of \(bytes) bytes; one line of one file changes\n\(table)")
        for figure in figures {
            if let note = figure.note { print("\(figure.name): \(note)") }
        }
    }
}

/// The tree at two commits, each with its files in a folder too, for those who copy folders.
struct DeltaProject: Sendable {
    let git: TinyProject
    let first: TinyProject.Tag
    let second: TinyProject.Tag
    let changed: (path: String, text: String)
    let folder: URL

    init(_ tree: Tree, in fixture: Fixture) async throws {
        let contents = tree.contents()
        git = try await TinyProject(in: fixture, files: contents)
        first = try await git.prepare("v1.0.0", ["VERSION": "1\n"])
        changed = tree.change(contents, to: 2)
        second = try await git.prepare("v1.0.1", [changed.path: changed.text])
        folder = try fixture.makeFolder("served/tree")
        for (path, text) in contents { try fixture.write(text, to: "served/tree/\(path)") }
    }

    /// Makes the folder that of the second commit.
    func changeFolder() throws { try Data(changed.text.utf8).write(to: folder.appending(path: changed.path)) }

    func restoreFolder(_ contents: String) throws {
        try Data(contents.utf8).write(to: folder.appending(path: changed.path))
    }
}

struct DeltaFigures: Sendable {
    let name: String
    /// All of the tree, to a node that had nothing.
    var first: Relay.Bytes
    var firstSeconds: Double
    var change: Relay.Bytes
    var changeSeconds: Double
    var note: String?

    func add(to table: inout Table) {
        table.add(
            name,
            fixed(Double(first.down) / 1e6, 1),
            fixed(firstSeconds, 2),
            String(change.down),
            String(change.up),
            fixed(changeSeconds, 2)
        )
    }
}
