import API
import Core

/// Lines that wait to be sent, in the order in which they came to be, with a bound. Pure: the shipper keeps it.
struct LogSpool: Codable, Sendable, Equatable {
    struct Entry: Codable, Sendable, Equatable {
        /// The boot that numbered the line: numbers start anew with each.
        var boot: Int
        var line: LogLine
    }

    private(set) var entries: [Entry] = []
    private(set) var bytes = 0
    /// Lines dropped for want of room and not told yet, by task, and the last of them.
    private(set) var dropped: [String: Dropped] = [:]

    struct Dropped: Codable, Sendable, Equatable {
        var count: Int
        var last: Entry
    }

    /// Bytes of text that one line may have.
    static let longestLine = 16 << 10
    /// What a line takes beside its text, about.
    static let overhead = 160

    /// Takes a line, and drops the oldest where there is no room for it.
    mutating func append(_ entry: Entry, lines: Int, bytes limit: Int) {
        entries.append(entry)
        bytes += Self.size(entry)
        guard entries.count > lines || bytes > limit else { return }
        // A tenth at once, so that a flood doesn't move the whole for each of its lines.
        let target = (lines: lines - lines / 10, bytes: limit - limit / 10)
        var index = 0
        while index < entries.count - 1, entries.count - index > target.lines || bytes > target.bytes {
            let entry = entries[index]
            bytes -= Self.size(entry)
            dropped[entry.line.task, default: Dropped(count: 0, last: entry)].count += 1
            dropped[entry.line.task]?.last = entry
            index += 1
        }
        entries.removeFirst(index)
    }

    /// The oldest lines of one boot, with a notice in front of them for each task that lost some; the notice has the
    /// number of the last line that it stands for, so that it is in its place and told once.
    func batch(lines: Int, bytes limit: Int) -> Batch? {
        let notices = dropped.values.sorted { $0.last.line.task < $1.last.line.task }
        guard let boot = notices.first?.last.boot ?? entries.first?.boot else { return nil }
        var batch = Batch(boot: boot)
        for notice in notices where notice.last.boot == boot {
            var line = notice.last.line
            line.stage = "manager"
            line.epoch = nil
            line.text =
                "\(notice.count) lines were dropped: they could not be sent, and there was no more room for them"
            batch.lines.append(line)
            batch.notices[line.task] = notice
        }
        var size = 0
        for entry in entries where batch.taken < lines {
            size += Self.size(entry)
            guard entry.boot == boot, size <= limit || batch.taken == 0 else { break }
            batch.lines.append(entry.line)
            batch.taken += 1
        }
        return batch
    }

    /// The batch has arrived.
    mutating func remove(_ batch: Batch) {
        for (task, notice) in batch.notices {
            guard let now = dropped[task] else { continue }
            // What was dropped while the notice was on its way is told with the next one.
            dropped[task] = now == notice ? nil : Dropped(count: now.count - notice.count, last: now.last)
        }
        // Lines of the batch may have been dropped meanwhile; they are at the front and known by their numbers.
        let sent = Set(batch.lines.map { Key(boot: batch.boot, task: $0.task, sequence: $0.sequence) })
        while let first = entries.first, sent.contains(Key(first)) {
            bytes -= Self.size(first)
            entries.removeFirst()
        }
    }

    struct Batch: Sendable, Equatable {
        var boot: Int
        var lines: [LogLine] = []
        fileprivate(set) var taken = 0
        fileprivate(set) var notices: [String: Dropped] = [:]

        init(boot: Int) { self.boot = boot }
    }

    private struct Key: Hashable {
        var boot: Int
        var task: String
        var sequence: Int

        init(boot: Int, task: String, sequence: Int) {
            self.boot = boot
            self.task = task
            self.sequence = sequence
        }

        init(_ entry: Entry) { self.init(boot: entry.boot, task: entry.line.task, sequence: entry.line.sequence) }
    }

    private static func size(_ entry: Entry) -> Int { entry.line.text.utf8.count + overhead }
}
