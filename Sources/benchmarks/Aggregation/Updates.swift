import Foundation
import Tensors

/// Writes an update of random values from -1 to 1, in tensors of at most 2048 * 2048 elements.
func makeUpdate(_ place: URL, elements: Int, seed: UInt64) throws {
    let side = 2048
    let sizes = [Int](repeating: side * side, count: elements / (side * side)) + [elements % (side * side)]
    let specs = try sizes.enumerated().map { index, size in
        try TensorSpec(name: "layer\(index)", dtype: .f32, shape: size == side * side ? [side, side] : [size])
    }
    var writer = try SafetensorsWriter(url: place, specs: specs)
    // A linear congruential generator will do: no statistics are made of it. Knuth, MMIX.
    var state = seed &+ 1
    var values = [Float](repeating: 0, count: 1 << 20)
    var rest = elements
    while rest > 0 {
        let count = min(rest, values.count)
        for index in 0..<count {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            values[index] = Float(Int32(truncatingIfNeeded: state >> 32)) / 0x1p31
        }
        try values[..<count].withUnsafeBytes { try writer.write($0) }
        rest -= count
    }
    try writer.finish()
}

/// The largest difference of two files' single-precision elements.
func largestDifference(_ left: SafetensorsFile, _ right: SafetensorsFile) throws -> Double {
    var largest: Float = 0
    for spec in left.specs {
        try left.withBytes(of: spec.name) { first in
            try right.withBytes(of: spec.name) { second in
                for place in stride(from: 0, to: first.count, by: 4) {
                    let one = first.loadUnaligned(fromByteOffset: place, as: Float.self)
                    let other = second.loadUnaligned(fromByteOffset: place, as: Float.self)
                    largest = max(largest, abs(one - other))
                }
            }
        }
    }
    return Double(largest)
}
