import Testing

@testable import Controller

@Suite struct SignalHubTests {
    @Test("a watcher that sleeps through many changes is woken once, and heartbeats don't hide a change")
    func newestWins() async {
        let hub = SignalHub<String>()
        var wakes = hub.wakes(on: "a").makeAsyncIterator()
        #expect(await wakes.next() == .changed)
        for _ in 0..<1000 { hub.signal("a") }
        hub.heartbeat()
        #expect(await wakes.next() == .changed)
        hub.heartbeat()
        #expect(await wakes.next() == .heartbeat)
        hub.signal("b")
        hub.heartbeat()
        #expect(await wakes.next() == .heartbeat)
    }

    @Test("who stops watching is forgotten")
    func forgotten() async {
        let hub = SignalHub<String>()
        let watching = Task { for await _ in hub.wakes(on: "a") {} }
        while hub.count == 0 { await Task.yield() }
        watching.cancel()
        await watching.value
        #expect(hub.count == 0)
    }
}
