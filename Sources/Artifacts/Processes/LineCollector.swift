import Synchronization

/// The last lines that a process wrote.
package final class LineCollector: Sendable {
    private let limit: Int
    private let content = Mutex<[String]>([])

    package init(limit: Int = 40) { self.limit = limit }

    package func append(_ line: String) {
        content.withLock {
            $0.append(line)
            if $0.count > limit { $0.removeFirst() }
        }
    }

    package var lines: [String] { content.withLock { $0 } }
    package var last: String? { content.withLock { $0.last } }
}
