import API
import Artifacts
import Core
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct PreparationTests {
    @Test("a node fetches only the blobs that it lacks")
    func onlyMissing() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let large = (0..<20).map { ("data/\($0).txt", "the content of file \($0)\n") }
            let first = try TestRevision.commands(1, more: Dictionary(uniqueKeysWithValues: large))
            first.publish(on: controller)
            controller.want("a", [first.desired])
            _ = try await TestNode.start("a", of: controller, fixture)
            try await controller.waitForReport("ready on the first", of: "a") {
                $0.phase == .ready && $0.commit == first.assignment.commit
            }
            let blobs = controller.takeFetches()
            #expect(
                Set(blobs.keys)
                    == Set(first.manifest.blobs.keys.map(\.description) + [first.assignment.digest.description])
            )
            #expect(blobs.values.allSatisfy { $0 == 1 })

            var changed = Dictionary(uniqueKeysWithValues: large)
            changed["data/7.txt"] = "another content\n"
            let second = try TestRevision.commands(2, more: changed)
            second.publish(on: controller)
            controller.want("a", [second.desired])
            try await controller.waitForReport("ready on the second", of: "a") {
                $0.phase == .ready && $0.commit == second.assignment.commit
            }
            let more = controller.takeFetches()
            let news = Set(second.manifest.blobs.keys).subtracting(first.manifest.blobs.keys)
            #expect(Set(more.keys) == Set(news.map(\.description) + [second.assignment.digest.description]))
        }
    }

    @Test("a fetch that is cut goes on from where it was, and damage on the way is fetched anew")
    func cutAndDamage() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let content = String(repeating: "0123456789abcdef\n", count: 40_000)
            let revision = try TestRevision.commands(1, more: ["large.txt": content])
            revision.publish(on: controller)
            let large = try #require(revision.digest(of: "large.txt")).description
            // The manifest comes first and whole; some blob after it is damaged, and some are cut.
            controller.state.withLock { $0.cuts = [1 << 20, 300_000, 300_000, 300_000, 300_000, 300_000] }
            controller.want("a", [revision.desired])
            let node = try await TestNode.start("a", of: controller, fixture)
            try await controller.waitForReport("ready", of: "a") { $0.phase == .ready }
            let ranges = controller.state.withLock { state in
                state.fetches.filter { $0.path.hasSuffix(large) }.map(\.range)
            }
            #expect(ranges.count > 1)
            #expect(ranges.dropFirst().contains { $0 != nil && $0 != "bytes=0-" }, "\(ranges)")
            let laid = node.path("revisions/digits/current/large.txt")
            #expect(try String(contentsOf: laid, encoding: .utf8) == content)

            let second = try TestRevision.commands(2, more: ["large.txt": content + "more\n"])
            second.publish(on: controller)
            controller.state.withLock { $0.damages = 2 }
            controller.want("a", [second.desired])
            try await controller.waitForReport("ready in spite of damage", of: "a") {
                $0.phase == .ready && $0.commit == second.assignment.commit
            }
            #expect(try String(contentsOf: laid, encoding: .utf8) == content + "more\n")
        }
    }

    @Test("a revision for which the disk has no room fails with a message that says so, and nothing breaks")
    func noRoom() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let good = try TestRevision.commands(1)
            good.publish(on: controller)
            controller.want("a", [good.desired])
            _ = try await TestNode.start("a", of: controller, fixture)
            try await controller.waitForReport("ready", of: "a") { $0.phase == .ready }
            _ = controller.takeFetches()

            let huge = try TestRevision.commands(2, pretending: 1 << 55)
            huge.publish(on: controller)
            controller.want("a", [huge.desired])
            let failed = try await controller.waitForReport("failed", of: "a") { $0.phase == .failed }
            #expect(failed.message?.contains("disk is full") == true, "\(failed.message ?? "")")
            #expect(failed.commit == good.assignment.commit)
            #expect(failed.attempting == huge.assignment.commit)
            // Nothing but the manifest was asked for.
            #expect(Set(controller.takeFetches().keys) == [huge.assignment.digest.description])

            controller.want("a", [good.desired])
            try await controller.waitForReport("well again", of: "a") { $0.phase == .ready && $0.message == nil }
        }
    }

    @Test("a blob that rotted on the node's disk is found when it is laid out, and fetched again")
    func rotted() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let first = try TestRevision.commands(1, more: ["shared.txt": "the same in both\n"])
            let second = try TestRevision.commands(2, more: ["shared.txt": "the same in both\n"])
            first.publish(on: controller)
            second.publish(on: controller)
            controller.want("a", [first.desired])
            let node = try await TestNode.start("a", of: controller, fixture)
            try await controller.waitForReport("ready", of: "a") { $0.phase == .ready }
            let shared = try #require(first.digest(of: "shared.txt"))
            let blob = node.path("blobs/\(shared.hex.prefix(2))/\(shared.hex.dropFirst(2))")
            try Data("rotten\n".utf8).write(to: blob)
            _ = controller.takeFetches()
            controller.want("a", [second.desired])
            try await controller.waitForReport("ready on the second", of: "a") {
                $0.phase == .ready && $0.commit == second.assignment.commit
            }
            #expect(controller.takeFetches()[shared.description] == 1)
            let laid = node.path("revisions/digits/current/shared.txt")
            #expect(try String(contentsOf: laid, encoding: .utf8) == "the same in both\n")
        }
    }

    @Test("a blob that is damaged at its origin fails the revision, not the manager")
    func damagedForGood() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let revision = try TestRevision.commands(1)
            revision.publish(on: controller)
            controller.want("a", [revision.desired])
            controller.state.withLock { $0.damages = 1000 }
            _ = try await TestNode.start("a", of: controller, fixture)
            let failed = try await controller.waitForReport("failed", of: "a") { $0.phase == .failed }
            #expect(failed.message?.contains("digest") == true, "\(failed.message ?? "")")

            controller.state.withLock { $0.damages = 0 }
            var again = revision.desired
            again.assignment?.attempt = 2
            controller.want("a", [again])
            try await controller.waitForReport("ready at the next attempt", of: "a") { $0.phase == .ready }
        }
    }
}
