import Artifacts
import Core
import Foundation

/// Remembers which steps passed on which inputs, so that an unchanged build isn't repeated.
///
/// Inputs are the revision's files (not its commit: a tag on the same files changes nothing), the steps with their
/// limits, the packages, the Python, and the machine's kind. Other tools that steps find in `PATH` aren't looked at.
struct StepCache: Sendable {
    private struct Inputs: Encodable {
        var format = 1
        var files: [Manifest.File]
        var folder: String
        var build: [Flow.Step]
        var test: [Flow.Step]
        var environment: ContentDigest?
        var python: PythonInterpreter?
        var system: String
    }

    private struct Entry: Codable {
        var passed: Instant
        var seconds: Double
    }

    private let place: URL

    init(
        _ folders: BuildFolders,
        _ manifest: Manifest,
        _ flow: FlowCheck,
        environment: ContentDigest?,
        python: PythonInterpreter?
    ) throws {
        let inputs = Inputs(
            files: manifest.files,
            folder: flow.prefix,
            build: flow.flow.build,
            test: flow.flow.test,
            environment: environment,
            python: python,
            system: ProcessInfo.processInfo.operatingSystemVersionString
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        place = folders.steps.appending(path: ContentDigest(of: try encoder.encode(inputs)).hex + ".json")
    }

    /// When all steps passed on the same inputs; `nil` where they never did.
    var passed: Instant? {
        FileManager.default.contents(atPath: place.path)
            .flatMap { try? JSONDecoder().decode(Entry.self, from: $0) }?.passed
    }

    func remember(passed instant: Instant, seconds: Double) throws {
        try Durable.makeFolder(place.deletingLastPathComponent())
        try Durable.write(try JSONEncoder().encode(Entry(passed: instant, seconds: seconds)), to: place)
    }
}
