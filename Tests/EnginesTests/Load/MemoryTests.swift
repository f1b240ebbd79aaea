import Artifacts
import AsyncHTTPClient
import Core
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import Engines

/// What a round takes of memory, in a process of its own.
@Suite struct MemoryTests {
    @Test("a round of ten large updates needs memory for the sum and one update, not for ten")
    func peak() async {
        await #expect(processExitsWith: .success) { try await MemoryProbe.run() }
    }
}

enum MemoryProbe {
    /// Unoptimised arithmetic takes its time.
    #if DEBUG
        static let megabytes = 32
    #else
        static let megabytes = 100
    #endif
    static let clients = 10
    /// Pieces on their way through ten connections, on both sides, and what the allocator holds of them; most where
    /// the machine is busy and they wait.
    static let margin = 160

    static func run() async throws {
        try await withEngine("memory") { running in
            let nodes = (1...clients).map { "site-\($0)" }
            let ticket = try running.ticket(clients: nodes, minimum: clients, trainFor: 600)
            let file = running.fixture.url("update.safetensors")
            try TestModel.write(1, count: megabytes << 18, to: file)
            let content = try FileDigest(of: file)
            // The first request sets up what every process has once.
            let conducted = Task { await running.engine.conduct(running.order(ticket)) }
            _ = try await running.client("site-1", ticket).status()
            let before = try megabytes(of: "VmRSS")

            let initializer = running.client("site-1", ticket)
            let first = try await upload(
                file,
                initializer.request(.PUT, .base),
                [(EngineHeaders.sha256, content.digest.description)],
                initializer
            )
            try #require(first == 200)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for node in nodes {
                    let client = running.client(node, ticket)
                    group.addTask {
                        try await discard(client.request(.GET, .base), client)
                        let head = UpdateHead(
                            commit: ticket.commit,
                            artifact: ticket.digest,
                            sha256: content.digest,
                            examples: 10,
                            seconds: 1,
                            metrics: [:]
                        )
                        try #require(
                            try await upload(file, client.request(.PUT, .update), head.fields(), client) == 200
                        )
                        try await discard(client.request(.GET, .candidate), client)
                        try #require(try await client.evaluate().status == 204)
                    }
                }
                try await group.waitForAll()
            }
            try #require(try await conducted.value.finished().contributions.count == clients)

            let grown = try megabytes(of: "VmHWM") - before
            // The sum has eight bytes for each f32; one update is mapped while it is added.
            let allowed = 2 * megabytes + megabytes + margin
            #expect(grown <= allowed, "\(clients) updates of \(megabytes) MB took \(grown) MB")
        }
    }

    private static func upload(
        _ file: URL,
        _ request: HTTPClientRequest,
        _ fields: [(name: String, value: String)],
        _ client: ScriptedClient
    ) async throws -> Int {
        var request = request
        for field in fields { request.headers.add(name: field.name, value: field.value) }
        let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? NSNumber
        request.body = .stream(
            FilePieces(url: file, progress: Progress()),
            length: .known(size?.int64Value ?? 0)
        )
        return try await Int(client.http.execute(request, timeout: .seconds(500)).status.code)
    }

    private static func discard(_ request: HTTPClientRequest, _ client: ScriptedClient) async throws {
        for _ in 0..<20 {
            let response = try await client.http.execute(request, timeout: .seconds(500))
            for try await _ in response.body {}
            if response.status.code == 200 { return }
            try #require(response.status.code == 204)
        }
    }

    private static func megabytes(of field: String) throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(field + ":") })
        return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) }) / 1024
    }
}
