import Artifacts
import Core
import Foundation
import Git
import Logging
import Synchronization
import TestSupport

@testable import Controller

/// A repository, and a builder with a data folder of its own.
struct BuildBench: Sendable {
    let fixture: Fixture
    let repository: GitRepository
    let data: URL
    let blobs: BlobStore

    static func make(_ fixture: Fixture) async throws -> BuildBench {
        let repository = try await GitRepository.make(at: fixture.url("repository.git"))
        return try BuildBench(fixture, repository, data: "data")
    }

    private init(_ fixture: Fixture, _ repository: GitRepository, data: String) throws {
        self.fixture = fixture
        self.repository = repository
        self.data = try fixture.makeFolder(data)
        blobs = try BlobStore(root: self.data.appending(path: "blobs"))
    }

    /// The same repository, built on another machine.
    func elsewhere() throws -> BuildBench { try BuildBench(fixture, repository, data: "elsewhere") }

    /// What happened in one build.
    struct Outcome {
        var built: BuiltRevision?
        var failure: BuildFailure?
        var states: [BuildState]
        var log: [String]
    }

    func build(_ commit: String, number: Int = 1, flow: String = "fedops.yaml") async throws -> Outcome {
        let hash = CommitHash(commit)!
        let key = RevisionKey(number: number, name: "v1.\(number).0", commit: hash)
        let place = data.appending(path: "builds/digits/\(number).log")
        let log = try BuildLog(at: place)
        let states = Mutex<[BuildState]>([])
        let builder = RevisionBuilder(
            blobs: blobs,
            folder: data.appending(path: "builds"),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        var outcome = Outcome(built: nil, failure: nil, states: [], log: [])
        do {
            outcome.built = try await builder.build(
                key,
                source: SourceSpec(url: "file://\(repository.folder.path)", flow: flow),
                mirror: try GitMirror(path: repository.folder),
                task: "digits",
                log: log
            ) { state in states.withLock { $0.append(state) } }.built
        } catch let failure as BuildFailure {
            outcome.failure = failure
        }
        outcome.states = states.withLock { $0 }
        outcome.log = try String(contentsOf: place, encoding: .utf8).split(separator: "\n").map(String.init)
        return outcome
    }

    /// Whether a build has left its working copy behind.
    var hasLeftovers: Bool {
        let work = data.appending(path: "builds/.work/digits").path
        return (try? FileManager.default.contentsOfDirectory(atPath: work))?.isEmpty == false
    }

    /// A flow whose four stages are functions of `train.py`, with `more` at its end.
    static func flow(_ more: String = "", runtime: String = "python") -> String {
        """
        task: digits
        runtime: \(runtime)
        stages:
          data: train:data
          model: train:model
          train: train:train
          evaluate: train:evaluate

        """ + more
    }

    static let code = "def data(): ...\ndef model(): ...\ndef train(): ...\ndef evaluate(): ...\n"
}
