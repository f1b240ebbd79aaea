import Aggregation
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct DTypeRuleTests {
    @Test("a counter that all clients agree on stays what it is, above 2^53 too")
    func counters() async throws {
        try await withFixture { fixture in
            let counts: [Int64] = [1 << 53 + 1, .max, .min, -1, 0]
            let update = try fixture.model(NamedTensor("bn.num_batches_tracked", .i64, counts))
            var average = try FedAvg(reference: update)
            for examples in [1, 999_999_937, 3] { try average.add(update, examples: examples) }
            #expect(try fixture.result(of: average).elements(of: "bn.num_batches_tracked", as: Int64.self) == counts)
        }
    }

    @Test("counters that differ give the weighted mean, rounded to nearest, ties to even")
    func differing() async throws {
        try await withFixture { fixture in
            let first = try fixture.model(
                NamedTensor("i", .i64, [Int64.max, 0, 1, -3]),
                NamedTensor("u", .u64, [UInt64.max, 5, 7, 0])
            )
            let second = try fixture.model(
                NamedTensor("i", .i64, [Int64.max - 2, 1, 2, -2]),
                NamedTensor("u", .u64, [UInt64.max - 2, 6, 8, 0])
            )
            var average = try FedAvg(reference: first)
            try average.add(first, examples: 5)
            try average.add(second, examples: 5)
            let mean = try fixture.result(of: average)
            #expect(try mean.elements(of: "i", as: Int64.self) == [.max - 1, 0, 2, -2])
            #expect(try mean.elements(of: "u", as: UInt64.self) == [.max - 1, 6, 8, 0])
        }
    }

    @Test("the largest weights that are taken damage no integer")
    func largestWeights() async throws {
        try await withFixture { fixture in
            let low = try fixture.model(
                NamedTensor("i64", .i64, [Int64.min]),
                NamedTensor("u64", .u64, [UInt64.max]),
                NamedTensor("i16", .i16, [Int16.min]),
                NamedTensor("u16", .u16, [UInt16.max])
            )
            var average = try FedAvg(reference: low)
            try average.add(low, examples: 1 << 47 - 1)
            try average.add(low, examples: 1)
            let mean = try fixture.result(of: average)
            #expect(try mean.elements(of: "i64", as: Int64.self) == [.min])
            #expect(try mean.elements(of: "u64", as: UInt64.self) == [.max])
            #expect(try mean.elements(of: "i16", as: Int16.self) == [.min])
            #expect(try mean.elements(of: "u16", as: UInt16.self) == [.max])
        }
    }

    @Test("a boolean is what most examples have, not most clients; with a tie the base model's stays")
    func booleans() async throws {
        try await withFixture { fixture in
            func mask(_ values: [UInt8]) throws -> SafetensorsFile {
                try fixture.model(NamedTensor("m", .bool, values))
            }
            let base = try mask([0, 1, 0, 1])
            var average = try FedAvg(reference: base)
            try average.add(mask([1, 0, 1, 0]), examples: 6)
            try average.add(mask([0, 1, 0, 1]), examples: 3)
            try average.add(mask([0, 1, 1, 1]), examples: 2)
            #expect(try fixture.result(of: average).elements(of: "m", as: UInt8.self) == [1, 0, 1, 0])
            try average.add(mask([0, 1, 0, 1]), examples: 1)
            #expect(try fixture.result(of: average).elements(of: "m", as: UInt8.self) == [0, 1, 1, 1])
        }
    }

    @Test("a copy is a value of its own: adding to it leaves the other as it was")
    func copies() async throws {
        try await withFixture { fixture in
            let one = try fixture.model(NamedTensor("f", .f32, [Float(1)]), NamedTensor("i", .i8, [Int8(1)]))
            let three = try fixture.model(NamedTensor("f", .f32, [Float(3)]), NamedTensor("i", .i8, [Int8(3)]))
            var average = try FedAvg(reference: one)
            try average.add(one, examples: 1)
            var other = average
            try other.add(three, examples: 1)
            #expect(try fixture.result(of: average).elements(of: "f", as: Float.self) == [1])
            #expect(try fixture.result(of: other).elements(of: "f", as: Float.self) == [2])
            #expect(try fixture.result(of: average).elements(of: "i", as: Int8.self) == [1])
            #expect(try fixture.result(of: other).elements(of: "i", as: Int8.self) == [2])
        }
    }

    @Test("the greatest values that are taken have a mean, with the greatest weights")
    func greatest() async throws {
        try await withFixture { fixture in
            let halves: [UInt16] = [0x7BFF, 0xFBFF, 1]
            let singles = [Float.greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude]
            let doubles = [0x1p976, -0x1p976, Double.leastNonzeroMagnitude]
            let model = try fixture.model(
                NamedTensor("h", .f16, halves),
                NamedTensor("s", .f32, singles),
                NamedTensor("d", .f64, doubles)
            )
            var average = try FedAvg(reference: model)
            for examples in [1, 1 << 46, 1 << 46 - 1] { try average.add(model, examples: examples) }
            let mean = try fixture.result(of: average)
            #expect(try mean.elements(of: "h", as: UInt16.self) == halves)
            #expect(try mean.elements(of: "s", as: Float.self) == singles)
            #expect(try mean.elements(of: "d", as: Double.self) == doubles)
        }
    }
}
