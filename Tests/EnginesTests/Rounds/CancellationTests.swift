import Engines
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Core

/// Tickets that are taken back, and servers that move on.
@Suite struct CancellationTests {
    @Test("a ticket that is taken back in the middle of an upload ends it with 410, and nothing of it counts")
    func midUpload() async throws {
        try await withEngine { running in
            let ticket = try running.ticket()
            let model = try TestModel.of([Float](repeating: 1, count: 1 << 20))
            let conducted = Task { await running.engine.conduct(running.order(ticket)) }
            let client = running.client("site-1", ticket)
            #expect(try await client.initialise(model).status == 200)

            let raw = try RawConnection(port: running.port)
            defer { raw.close() }
            try await raw.send(RawRequest.update(client, model, announcing: model.count))
            await raw.send(model.prefix(2 << 20))
            try await eventually("the upload is on its way") { try running.partialBytes() >= 1 << 20 }

            conducted.cancel()
            #expect(await conducted.value.failure != nil)
            await raw.send(model.dropFirst(2 << 20))
            #expect(await raw.receiveHead().hasPrefix("HTTP/1.1 410"))
            try await eventually("nothing is left of it") { try running.partialFiles().isEmpty }
            #expect(try await client.status().counted.isEmpty)
            #expect(try await client.deliver(TestModel.of([1])).status == 410)
            #expect(try await client.get(.base).status == 410)
        }
    }

    @Test("whoever waits for a model is woken when the ticket is taken back")
    func waiting() async throws {
        try await withEngine { running in
            let ticket = try running.ticket()
            let conducted = Task { await running.engine.conduct(running.order(ticket)) }
            async let base = running.client("site-2", ticket).get(.base)
            _ = try await running.client("site-1", ticket).status()
            conducted.cancel()
            #expect(try await base.status == 410)
        }
    }

    @Test("a server node that runs another commit opens no round, adds nothing and publishes nothing")
    func serverMovedOn() async throws {
        try await withEngine { running in
            let model = try TestModel.of([1])
            // Of the three updates so many are added before the node moves on; the last time, it publishes nothing.
            for (epoch, allowed) in [0, 1, 2, 4].enumerated() {
                let ticket = try running.ticket(epoch: epoch + 1)
                let asked = Mutex(0)
                let order = running.order(ticket) { () throws(TicketRefusal) in
                    let count = asked.withLock { asked in
                        asked += 1
                        return asked
                    }
                    if count > allowed {
                        throw TicketRefusal(
                            epoch: ticket.epoch,
                            ticketCommit: ticket.commit,
                            activeCommit: CommitHash(String(repeating: "9", count: 40)),
                            why: "another commit is active"
                        )
                    }
                }
                let conducted = Task { await running.engine.conduct(order) }
                if allowed > 0 {
                    let clients = ticket.clients.map { running.client($0, ticket) }
                    #expect(try await clients[0].initialise(model).status == 200)
                    for (index, client) in clients.enumerated() {
                        #expect(try await client.deliver(model).status == (index < allowed - 1 ? 200 : 410))
                        if index >= allowed - 1 { break }
                    }
                }
                let failure = try await conducted.value.failure.orThrow("failure")
                #expect(failure.contains("another commit is active") && failure.contains(ticket.commit.text))
            }
        }
    }
}
