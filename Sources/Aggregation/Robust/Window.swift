/// Which of an element's sorted values are averaged.
enum Window: Sendable {
    case all
    /// The middle one, or the two of an even number.
    case median
    /// All but so many at each end.
    case trimmed(Int)
    /// The so many that are closest to the median.
    case nearest(Int)

    /// How many of `count` values are averaged.
    func size(of count: Int) -> Int {
        switch self {
        case .all: count
        case .median: count % 2 == 1 ? 1 : 2
        case .trimmed(let cut): count - 2 * cut
        case .nearest(let size): min(size, count)
        }
    }

    /// The sum of those that are averaged; `column` is sorted by it.
    @inline(__always)
    func sum<Value: SignedNumeric & Comparable>(of column: UnsafeMutableBufferPointer<Value>) -> Value {
        let (count, size) = (column.count, size(of: column.count))
        var start = (count - size) / 2
        switch self {
        case .all: start = 0
        case .median, .trimmed: Self.sort(column)
        case .nearest:
            Self.sort(column)
            // Twice the median, and so without a division.
            let middle = column[(count - 1) / 2] + column[count / 2]
            start = 0
            while start + size < count,
                column[start + size] + column[start + size] - middle < middle - column[start] - column[start]
            {
                start += 1
            }
        }
        var sum = Value.zero
        for index in start..<start + size { sum += column[index] }
        return sum
    }

    /// By insertion where there are few.
    @inline(__always)
    private static func sort<Value: Comparable>(_ column: UnsafeMutableBufferPointer<Value>) {
        guard column.count <= 32 else {
            var rest = column
            rest.sort()
            return
        }
        for index in 1..<max(1, column.count) {
            let value = column[index]
            var place = index
            while place > 0, column[place - 1] > value {
                column[place] = column[place - 1]
                place -= 1
            }
            column[place] = value
        }
    }
}
