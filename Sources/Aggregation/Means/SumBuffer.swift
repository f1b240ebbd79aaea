#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Zeros from the system, to be summed up in: pages that no sum has touched take no memory, and where the system has
/// huge pages they are asked for, since a sum is walked through from end to end for each update.
///
/// Threads may write to it at once when their ranges don't overlap.
final class SumBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
    private let elements: UnsafeMutableBufferPointer<Element>
    private let byteCount: Int

    /// nil when the system has no room.
    init?(count: Int) {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        guard !overflow else { return nil }
        byteCount = bytes
        guard bytes > 0 else {
            elements = UnsafeMutableBufferPointer(start: nil, count: 0)
            return
        }
        guard let address = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            address != MAP_FAILED
        else { return nil }
        #if os(Linux)
            madvise(address, bytes, MADV_HUGEPAGE)
        #endif
        elements = UnsafeMutableBufferPointer(
            start: address.bindMemory(to: Element.self, capacity: count),
            count: count
        )
    }

    /// nil when the system has no room.
    convenience init?(copying other: SumBuffer) {
        self.init(count: other.elements.count)
        _ = elements.update(fromContentsOf: other.elements)
    }

    deinit {
        if let base = elements.baseAddress { munmap(base, byteCount) }
    }

    subscript(range: Range<Int>) -> UnsafeMutableBufferPointer<Element> {
        UnsafeMutableBufferPointer(rebasing: elements[range])
    }
}
