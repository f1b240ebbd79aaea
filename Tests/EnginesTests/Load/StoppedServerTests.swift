import Dispatch
import Engines
import TestSupport
import Testing

@Suite struct StoppedServerTests {
    /// NIO ends the process when a connection that was accepted is thrown away before anything reads from it, so what
    /// this test would show is the end of all tests.
    @Test("an engine that is stopped while clients connect ends, and nothing else does")
    func stoppedWhileClientsConnect() async throws {
        try await withFixture { fixture in
            for _ in 0..<40 {
                let connections = try await withEngine(fixture) { running in
                    let port = running.port
                    let knocking = Task.detached {
                        var connections: [RawConnection] = []
                        while !Task.isCancelled, connections.count < 400, let next = try? RawConnection(port: port) {
                            connections.append(next)
                        }
                        return connections
                    }
                    let first = try RawConnection(port: port)
                    await first.send("GET /v1/none HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
                    #expect(await first.receiveHead().hasPrefix("HTTP/1.1 404"))
                    first.close()
                    return knocking
                }
                connections.cancel()
                for connection in await connections.value { connection.close() }
            }
        }
    }
}
