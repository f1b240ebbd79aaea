import API
import Artifacts
import ControllerClient
import Core
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct ControllerClientTests {
    @Test("a controller that isn't there is told with its address and what to check, at once")
    func unreachable() async throws {
        let port = try freePort()
        let client = try ControllerClient(url: "http://127.0.0.1:\(port)", token: nil)
        let started = ContinuousClock.now
        let error = try await #require(throws: ClientError.self) { try await client.version() }
        #expect(ContinuousClock.now - started < .seconds(4))
        #expect(error.description.contains("127.0.0.1:\(port)"))
        #expect(error.description.contains("refused"))
        #expect(error.isTransient)
    }

    @Test("URLs that can't be a controller's are refused with the reason")
    func urls() {
        for (url, part) in [
            ("controller:7700", "http://"), ("ftp://host", "http://"), ("http://", "host"),
            ("http://user:secret@host", "credentials"), ("http://host/?x=1", "query"),
        ] {
            let error = #expect(throws: ClientError.self) { _ = try ControllerClient(url: url, token: nil) }
            #expect(error?.description.contains(part) == true, "\(url): \(String(describing: error))")
        }
    }

    @Test("who isn't known learns what helps")
    func unauthorised() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let client = try ControllerClient(url: controller.url, token: "wrong", caller: .node)
            let report = NodeReport(
                node: "a",
                order: ReportOrder(boot: 1, bootID: "x", sequence: 1),
                version: "test"
            )
            let error = try await #require(throws: ClientError.self) { _ = try await client.report(report) }
            #expect(error.status == 401)
            #expect(error.description.contains("join again"))
            #expect(!error.isTransient)
        }
    }

    @Test("a controller of another protocol version is told as that, with which side to update")
    func incompatible() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let client = try ControllerClient(url: controller.url, token: nil)
            let error = try await #require(throws: ClientError.self) { try await client.version() }
            #expect(error == .incompatible(address: client.address, ours: ProtocolVersion.current, theirs: 9))
            #expect(error.description.contains("update fedops on this machine"))
        }
    }

    @Test("a download that was cut goes on from where it was")
    func resume() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let content = Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            let digest = ContentDigest(of: content)
            controller.state.withLock { state in
                state.blobs[digest.description] = content
                state.cuts = [70_000]
            }
            let client = try ControllerClient(url: controller.url, token: "node-secret", caller: .node)
            let received = Mutex(Data())
            let take: @Sendable (Data, Int) -> Void = { piece, place in
                received.withLock { received in
                    #expect(place == received.count)
                    received.append(piece)
                }
            }
            await #expect(throws: ClientError.self) {
                try await client.blob(digest, limit: content.count) { take($0, $1) }
            }
            let first = received.withLock { $0.count }
            #expect(first > 0 && first <= 70_000)
            try await client.blob(digest, from: first, limit: content.count) { take($0, $1) }
            #expect(received.withLock { $0 } == content)
        }
    }

    @Test("more bytes than there may be are not taken")
    func bounded() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let content = Data(repeating: 7, count: 50_000)
            let digest = ContentDigest(of: content)
            controller.state.withLock { $0.blobs[digest.description] = content }
            let client = try ControllerClient(url: controller.url, token: "node-secret", caller: .node)
            let error = try await #require(throws: ClientError.self) {
                try await client.blob(digest, limit: 10_000) { _, _ in }
            }
            #expect(error.description.contains("10000"))
        }
    }

    @Test("a watch tells each change, and hangs up with its task")
    func watch() async throws {
        try await withFixture { fixture in
            let controller = try await ScriptedController.start(fixture)
            let client = try ControllerClient(url: controller.url, token: "node-secret", caller: .node)
            let seen = Mutex<[DesiredDocument]>([])
            let reader = Task {
                for try await document in client.watch(node: "a") { seen.withLock { $0.append(document) } }
            }
            try await eventually("the first document") { seen.withLock { $0.count == 1 } }
            controller.want("a", [DesiredTask(task: "digits")])
            try await eventually("the change") { seen.withLock { $0.last?.tasks.map(\.task) == ["digits"] } }
            reader.cancel()
            let result = await reader.result
            #expect(throws: CancellationError.self) { try result.get() }
        }
    }
}
