import Core
import Testing

@testable import Manager

@Suite struct LogSpoolTests {
    private func entry(_ sequence: Int, boot: Int = 1, task: String = "digits", text: String = "line") -> LogSpool.Entry
    {
        LogSpool.Entry(
            boot: boot,
            line: LogLine(
                sequence: sequence,
                at: Instant(milliseconds: Int64(sequence)),
                task: task,
                node: "a",
                stage: "train",
                text: text
            )
        )
    }

    @Test("lines leave in order, in batches of one boot")
    func batches() throws {
        var spool = LogSpool()
        for number in 1...3 { spool.append(entry(number), lines: 100, bytes: 1 << 20) }
        for number in 1...3 { spool.append(entry(number, boot: 2), lines: 100, bytes: 1 << 20) }
        var seen: [[Int]] = []
        while let batch = spool.batch(lines: 2, bytes: 1 << 20) {
            seen.append([batch.boot] + batch.lines.map(\.sequence))
            spool.remove(batch)
        }
        #expect(seen == [[1, 1, 2], [1, 3], [2, 1, 2], [2, 3]])
        #expect(spool == LogSpool())
    }

    @Test("what is dropped is counted, and told once, in its place")
    func drops() throws {
        var spool = LogSpool()
        for number in 1...105 { spool.append(entry(number), lines: 100, bytes: 1 << 20) }
        let batch = try #require(spool.batch(lines: 500, bytes: 1 << 20))
        let notice = try #require(batch.lines.first)
        let dropped = 105 - (batch.lines.count - 1)
        #expect(dropped > 0)
        #expect(notice.text.hasPrefix("\(dropped) lines were dropped"))
        #expect(notice.sequence == dropped)
        #expect(batch.lines.map(\.sequence) == Array(dropped...105))
        spool.remove(batch)
        #expect(spool.batch(lines: 500, bytes: 1 << 20) == nil)
    }

    @Test("what is dropped while a batch is on its way is told with the next")
    func dropsMeanwhile() throws {
        var spool = LogSpool()
        for number in 1...101 { spool.append(entry(number), lines: 100, bytes: 1 << 20) }
        let batch = try #require(spool.batch(lines: 5, bytes: 1 << 20))
        for number in 102...300 { spool.append(entry(number), lines: 100, bytes: 1 << 20) }
        spool.remove(batch)
        var told = 0
        var sent: [Int] = []
        for each in [batch]
            + sequence(
                state: spool,
                next: { spool in
                    let next = spool.batch(lines: 50, bytes: 1 << 20)
                    if let next { spool.remove(next) }
                    return next
                }
            )
        {
            for line in each.lines {
                if line.stage == "manager", let count = Int(line.text.prefix { $0.isNumber }) {
                    told += count
                } else {
                    sent.append(line.sequence)
                }
            }
        }
        // A line of the first batch that was dropped while it was on its way is told and was sent nevertheless.
        #expect(Set(sent).count == sent.count)
        #expect(sent == sent.sorted())
        #expect(told + sent.count >= 300)
        #expect(told + sent.count <= 300 + batch.lines.count)
    }

    @Test("large lines count by their bytes")
    func bytes() {
        var spool = LogSpool()
        let text = String(repeating: "x", count: 1000)
        for number in 1...100 { spool.append(entry(number, text: text), lines: 10_000, bytes: 20_000) }
        #expect(spool.bytes <= 20_000)
        #expect(spool.entries.last?.line.sequence == 100)
    }
}
