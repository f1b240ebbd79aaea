import Dispatch
import Synchronization
import Tensors

/// A piece of each of a number of updates, reduced element by element.
///
/// Floating-point values are sorted and summed up in double precision and rounded once; whole ones are exact and rounded
/// to nearest, ties to even; a boolean is what more than half of the updates have, with a tie what the base has.
struct Columns: @unchecked Sendable {
    /// Elements that one core takes at a time, of each update.
    private static let part = 2000

    /// The same elements of each update.
    let rows: [UnsafeRawBufferPointer]
    let base: UnsafeRawBufferPointer
    let dtype: DType

    /// - Returns: The index of the first element that isn't finite.
    func reduce(_ window: Window, into bytes: UnsafeMutableRawBufferPointer) -> Int? {
        let count = base.count / dtype.size
        let parts = (count + Self.part - 1) / Self.part
        nonisolated(unsafe) let bytes = bytes
        let found = Mutex<Int?>(nil)
        DispatchQueue.concurrentPerform(iterations: parts) { index in
            let elements = index * Self.part..<min((index + 1) * Self.part, count)
            guard let place = reduce(elements, window, bytes) else { return }
            found.withLock { $0 = min($0 ?? place, place) }
        }
        return found.withLock { $0 }
    }

    private func reduce(_ elements: Range<Int>, _ window: Window, _ bytes: UnsafeMutableRawBufferPointer) -> Int? {
        let range = elements.lowerBound * dtype.size..<elements.upperBound * dtype.size
        let target = UnsafeMutableRawBufferPointer(rebasing: bytes[range])
        let own = rows.map { UnsafeRawBufferPointer(rebasing: $0[range]) }
        if dtype == .bool {
            for index in target.indices {
                let votes = own.reduce(0) { $0 + Int($1[index]) }
                let against = own.count - votes
                target[index] = votes == against ? base[range.lowerBound + index] : votes > against ? 1 : 0
            }
            return nil
        }
        let size = window.size(of: own.count)
        if dtype.isFloat {
            return sums(own, elements.count, window, zero: 0.0) {
                FloatKernels.add($0, dtype, weight: 1, to: $1)
            } finish: {
                FloatKernels.divide($0, by: Double(size), into: target, dtype).map { $0 + elements.lowerBound }
            }
        }
        return sums(own, elements.count, window, zero: Int128(0)) {
            IntegerKernels.add($0, dtype, weight: Int128(1), to: $1)
        } finish: {
            IntegerKernels.divide($0, by: Int128(size), into: target, dtype)
            return nil
        }
    }

    @inline(__always)
    private func sums<Value: SignedNumeric & Comparable>(
        _ rows: [UnsafeRawBufferPointer],
        _ count: Int,
        _ window: Window,
        zero: Value,
        widen: (UnsafeRawBufferPointer, UnsafeMutableBufferPointer<Value>) -> Void,
        finish: (UnsafeBufferPointer<Value>) -> Int?
    ) -> Int? {
        let values = UnsafeMutableBufferPointer<Value>.allocate(capacity: rows.count * count + rows.count + count)
        values.initialize(repeating: zero)
        defer { values.deallocate() }
        for (index, row) in rows.enumerated() {
            widen(row, UnsafeMutableBufferPointer(rebasing: values[index * count..<(index + 1) * count]))
        }
        let column = UnsafeMutableBufferPointer(rebasing: values[(rows.count * count)...].prefix(rows.count))
        let sums = UnsafeMutableBufferPointer(rebasing: values.suffix(count))
        for index in 0..<count {
            for row in 0..<rows.count { column[row] = values[row * count + index] }
            sums[index] = window.sum(of: column)
        }
        return finish(UnsafeBufferPointer(sums))
    }
}
