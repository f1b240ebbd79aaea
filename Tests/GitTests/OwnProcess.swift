import Foundation
import TestSupport

/// Runs one test of this bundle in a process of its own, so that what it measures of its process is its own.
enum OwnProcess {
    /// Whether this process is such a one.
    static let isThis = ProcessInfo.processInfo.environment["FEDOPS_TEST_ALONE"] != nil

    static func run(_ test: String, timeout: Duration = .seconds(300)) async throws {
        let bundle = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path
        let output = try await runProcess(
            bundle,
            ["--testing-library", "swift-testing", "--filter", test],
            environment: ["FEDOPS_TEST_ALONE": "1"],
            timeout: timeout
        )
        let told = output.stdout + output.stderr
        let name = test.split(separator: "/").last ?? ""
        // A test that was skipped, or that no longer has this name, is none that passed.
        guard output.status == 0, told.contains("\(name)() passed") else {
            throw ProcessFailed(description: "\(test) alone ended with \(output.status): \(told.suffix(3000))")
        }
    }

    /// Open descriptors, resident bytes now and at their highest.
    static func usage() throws -> (descriptors: Int, resident: Int, peak: Int) {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        func bytes(_ field: String) -> Int {
            let line = status.split(separator: "\n").first { $0.hasPrefix(field) }
            return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 * 1024 } ?? 0
        }
        let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        return (descriptors, bytes("VmRSS:"), bytes("VmHWM:"))
    }
}
