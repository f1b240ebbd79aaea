import Core
import Engines
import Foundation
import TestSupport
import Testing

/// Connections that lie, stall or break off. None of them may cost the round anything.
@Suite struct HostileConnectionTests {
    private func withRound(
        _ tuning: EngineTuning = EngineTuning(),
        _ body: (RunningEngine, Ticket, Data) async throws -> Void
    ) async throws {
        try await withEngine(tuning: tuning) { running in
            let ticket = try running.ticket()
            let model = try TestModel.of([Float](repeating: 1, count: 1 << 20))
            let conducted = Task { await running.engine.conduct(running.order(ticket)) }
            #expect(try await running.client("site-1", ticket).initialise(model).status == 200)
            try await body(running, ticket, model)
            // Whatever happened, the client's real update is taken.
            #expect(try await running.client("site-2", ticket).deliver(model).status == 200)
            #expect(try running.partialFiles().isEmpty)
            conducted.cancel()
            _ = await conducted.value
        }
    }

    @Test("an update that announces too many bytes gets 413 before it is read, and its connection ends")
    func announcedTooLarge() async throws {
        try await withRound { running, ticket, model in
            let raw = try RawConnection(port: running.port)
            defer { raw.close() }
            try await raw.send(RawRequest.update(running.client("site-2", ticket), model, announcing: 1 << 40))
            let answer = await raw.receiveHead()
            #expect(answer.hasPrefix("HTTP/1.1 413"))
            #expect(answer.lowercased().contains("connection: close"))
            // What is sent all the same is taken in for a while only.
            let megabyte = Data(repeating: 0, count: 1 << 20)
            var taken = 0
            while taken < 256, await raw.send(megabyte) { taken += 1 }
            #expect(taken < 256)
        }
    }

    @Test("an update that announces nothing and never ends gets 413 once it is too large")
    func endless() async throws {
        try await withRound { running, ticket, model in
            let raw = try RawConnection(port: running.port)
            defer { raw.close() }
            try await raw.send(RawRequest.update(running.client("site-2", ticket), model, announcing: nil))
            let chunk = Data("100000\r\n".utf8) + Data(repeating: 1, count: 1 << 20) + Data("\r\n".utf8)
            for _ in 0..<5 { await raw.send(chunk) }
            #expect(await raw.receiveHead().hasPrefix("HTTP/1.1 413"))
            let lost = try await running.client("site-2", ticket).status().lost["site-2"]
            #expect(lost?.contains("site-2") == true)
        }
    }

    @Test("an update that announces fewer bytes than it has is damaged, and the rest is no request")
    func announcedTooSmall() async throws {
        try await withRound { running, ticket, model in
            let raw = try RawConnection(port: running.port)
            defer { raw.close() }
            try await raw.send(RawRequest.update(running.client("site-2", ticket), model, announcing: 1000))
            await raw.send(model.prefix(4000))
            #expect(await raw.receiveHead().hasPrefix("HTTP/1.1 400"))
            #expect(try await running.client("site-2", ticket).status().counted.isEmpty)
        }
    }

    @Test("an upload that breaks off in the middle counts nothing and leaves nothing")
    func truncated() async throws {
        try await withRound { running, ticket, model in
            let raw = try RawConnection(port: running.port)
            try await raw.send(RawRequest.update(running.client("site-2", ticket), model, announcing: model.count))
            await raw.send(model.prefix(3 << 20))
            try await eventually("it is on its way") { try running.partialBytes() >= 1 << 20 }
            raw.close()
            try await eventually("nothing is left of it") { try running.partialFiles().isEmpty }
            let status = try await running.client("site-2", ticket).status()
            #expect(status.counted.isEmpty && status.lost.isEmpty && status.phase == .training)
        }
    }

    @Test("a body that isn't what was announced is damaged, and may be sent again")
    func damaged() async throws {
        try await withRound { running, ticket, model in
            let client = running.client("site-2", ticket)
            var broken = model
            broken[broken.count - 5] ^= 1
            let answer = try await client.deliver(broken, client.head(model))
            #expect(answer.status == 400 && answer.problem?.code == .damaged)
            #expect(try await client.status().lost.isEmpty)
        }
    }

    @Test("a client that stops sending is cut off after the idle time")
    func stalledUpload() async throws {
        try await withRound(EngineTuning(idle: 10)) { running, ticket, model in
            let raw = try RawConnection(port: running.port)
            defer { raw.close() }
            try await raw.send(RawRequest.update(running.client("site-2", ticket), model, announcing: model.count))
            await raw.send(model.prefix(3 << 20))
            try await eventually("it is on its way") { try running.partialBytes() >= 1 << 20 }
            try await eventually("nothing is left of it", within: .seconds(60)) { try running.partialFiles().isEmpty }
        }
    }

    @Test("what isn't HTTP gets 400, and paths out of the engine's folder get nothing")
    func rubbish() async throws {
        try await withRound(EngineTuning(admission: 0.2)) { running, _, _ in
            for text in ["\u{1}\u{2}\u{3} rubbish\r\n\r\n", "GET / HTTP/9.9\r\n\r\n"] {
                let raw = try RawConnection(port: running.port)
                defer { raw.close() }
                await raw.send(text)
                #expect(await raw.receiveHead().hasPrefix("HTTP/1.1 400"))
            }
            for path in [
                "/v1/rounds/..%2f..%2fetc/1/base", "/v1/rounds/%2e%2e/1/base", "/v1/models/..%2f/1",
                "/v1/rounds/digits/-1/base", "/v1/rounds/digits/99999999999999999999/base", "/v1/models/digits/..",
            ] {
                let raw = try RawConnection(port: running.port)
                defer { raw.close() }
                await raw.send(
                    "GET \(path) HTTP/1.1\r\nHost: engine\r\nAuthorization: Bearer x\r\nFedOps-Node: site-1\r\n"
                        + "Connection: close\r\n\r\n"
                )
                let answer = await raw.receiveHead()
                #expect(answer.hasPrefix("HTTP/1.1 401") || answer.hasPrefix("HTTP/1.1 404"), "\(path): \(answer)")
            }
        }
    }
}
