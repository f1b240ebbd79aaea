import API
import Core
import Foundation
import Synchronization
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Managers that keep Flower's processes for a task.
@Suite(.serialized, .timeLimit(.minutes(5))) struct FlowerTests {
    private static let patience = Duration.seconds(90)

    @Test(
        "managers start SuperLink and SuperNodes, a killed SuperLink resumes from the last model, and stop ends them all"
    )
    func life() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let flower = try await FlowerRevision()
            try flower.publish(on: controller)
            var nodes: [TestNode] = []
            for (name, role) in [("server", NodeRole.server), ("a", .client)] {
                controller.want(name, [flower.revision.desired])
                try flower.wheels.lend(to: name, in: fixture)
                nodes.append(try await TestNode.start(name, role: role, of: controller, fixture))
            }
            let link = try await single("superlink", in: fixture)
            _ = try await single("supernode", in: fixture)
            try #require(link.arguments.contains("--disable-runtime-dependency-installation"))
            let port = try #require(link.value(of: "--port").flatMap { UInt16($0) })
            #expect(try await listeners(on: port) == ["0100007F"], "others than loopback reach SuperLink")
            let base = try await round(1, nil, flower, controller)

            // The round that is under way when it happens is EnginesTests' matter; here it is what comes back.
            kill(link.id, SIGKILL)
            let next: FlowerProgram = try await eventually("another SuperLink", within: Self.patience) {
                FlowerProgram.all("superlink", in: fixture).first { $0.id != link.id }
            }
            let database = try #require(next.value(of: "--database"))
            try await eventually("its database is there", within: Self.patience) {
                FileManager.default.fileExists(atPath: database)
            }
            _ = try await round(2, base, flower, controller)

            let started = ContinuousClock.now
            for node in nodes { try await node.stop() }
            #expect(ContinuousClock.now - started < .seconds(20))
            #expect(FlowerProgram.all(in: fixture).map(\.arguments) == [])
        }
    }

    @Test("nothing is left of a manager that was killed, and the next one starts SuperLink anew")
    func killed() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let flower = try await FlowerRevision()
            try flower.publish(on: controller)
            controller.want("server", [flower.revision.desired])
            try flower.wheels.lend(to: "server", in: fixture)
            // Joins; the manager that is killed is a process of its own.
            let joined = try await TestNode.start("server", role: .server, of: controller, fixture)
            try await joined.stop()
            func start(_ name: String) async throws -> BackgroundProcess {
                let arguments = ["manager", "run", "--data", joined.folder.path]
                return try await BackgroundProcess.start(name, Products.fedops.path, arguments, fixture: fixture)
            }
            let first = try await start("first")
            let link = try await single("superlink", in: fixture)
            first.send(SIGKILL)
            try await first.waitForExit()
            try await eventually("Flower's processes end with their manager", within: .seconds(30)) {
                FlowerProgram.all(in: fixture).isEmpty
            }
            _ = try await start("second")
            let next = try await single("superlink", in: fixture)
            #expect(next.value(of: "--database") != link.value(of: "--database"))
            let left = try FileManager.default.contentsOfDirectory(
                atPath: joined.path("scratch/digits/flower").path
            )
            #expect(left.count == 1, "what the killed manager left is still there")
        }
    }

    /// A round of the client `a`, from its ticket to the promoted model.
    private func round(
        _ epoch: Int,
        _ base: ModelReference?,
        _ flower: FlowerRevision,
        _ controller: ScriptedController
    ) async throws -> ModelReference {
        for node in ["a", "server"] {
            try await controller.waitForReport("ready", of: node, within: Self.patience) {
                $0.phase == .ready && $0.epoch == nil
            }
        }
        let url: String = try await eventually("the engine's URL") {
            controller.reports(of: "server").last?.engineURL
        }
        controller.state.withLock { $0.answers = [.promoted(version: epoch)] }
        let ticket = TestTicket(
            epoch,
            on: flower.revision,
            serverURL: url,
            clients: ["a"],
            base: base,
            seconds: 120
        )
        for node in ["a", "server"] { controller.want(node, [ticket.desired(for: node, flower.revision)]) }
        let result: RoundResult = try await eventually("the result of epoch \(epoch)", within: .seconds(150)) {
            controller.state.withLock { $0.answers.isEmpty ? $0.results.last { $0.epoch == epoch } : nil }
        }
        guard case .finished(let finished) = result.outcome else {
            throw WaitFailed(description: "the round failed: \(result.outcome)")
        }
        #expect(finished.evaluation == ["w": Double(epoch)])
        for node in ["a", "server"] { controller.want(node, [flower.revision.desired]) }
        return ModelReference(version: epoch, digest: finished.model)
    }

    private func single(_ name: String, in fixture: Fixture) async throws -> FlowerProgram {
        try await eventually("\(name) runs", within: Self.patience) {
            let all = FlowerProgram.all(name, in: fixture)
            return all.count == 1 ? all.first : nil
        }
    }

    /// The local addresses, as the kernel writes them, at which this port is listened to; there is one at least.
    private func listeners(on port: UInt16) async throws -> [String] {
        let place = ":" + String(format: "%04X", Int(port))
        return try await eventually("SuperLink listens", within: Self.patience) {
            let tables = ["/proc/net/tcp", "/proc/net/tcp6"].compactMap {
                try? String(contentsOfFile: $0, encoding: .utf8)
            }
            let found = tables.flatMap { $0.split(separator: "\n") }.compactMap { line -> String? in
                let fields = line.split(separator: " ")
                // 0A is LISTEN.
                guard fields.count > 3, fields[3] == "0A", fields[1].hasSuffix(place) else { return nil }
                return String(fields[1].dropLast(place.count))
            }
            return found.isEmpty ? nil : found
        }
    }
}

/// One of Flower's processes, or of our runners beside them, that a manager has started.
struct FlowerProgram: Sendable {
    let id: pid_t
    let arguments: [String]

    func value(of option: String) -> String? {
        arguments.firstIndex(of: option).flatMap { arguments.indices.contains($0 + 1) ? arguments[$0 + 1] : nil }
    }

    /// Those that run out of the fixture's folder.
    ///
    /// - Parameter name: `superlink` or `supernode`; runners too where absent.
    static func all(_ name: String? = nil, in fixture: Fixture) -> [FlowerProgram] {
        let ids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return ids.compactMap { pid_t($0) }.compactMap { id in
            guard let data = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") else { return nil }
            let arguments = data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            let isOurs = arguments.contains { $0.hasPrefix(fixture.folder.path) && $0.contains("fedops_flower") }
            guard isOurs, name.map(arguments.contains) ?? true else { return nil }
            return FlowerProgram(id: id, arguments: arguments)
        }
    }
}
