import Aggregation
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct RefusalTests {
    @Test("a value that isn't finite is refused with its tensor and index, and nothing of the update is added")
    func notFinite() async throws {
        try await withFixture { fixture in
            // More than a batch, so that other threads would long have added their part.
            let count = 300_000
            func model(_ weight: [Float], _ bias: [UInt16]) throws -> SafetensorsFile {
                try fixture.model(
                    NamedTensor("weight", .f32, weight, shape: [2, count / 2]),
                    NamedTensor("bias", .f16, bias)
                )
            }
            let good = try model([Float](repeating: 0.25, count: count), [0x3C00])
            var average = try FedAvg(reference: good)
            try average.add(good, examples: 3)

            var weight = [Float](repeating: 100, count: count)
            weight[299_998] = .nan
            weight[299_999] = .infinity
            expect(
                .value,
                #"tensor "weight" has Inf or NaN at index 299998"#,
                of: try model(weight, [0x3C00]),
                by: &average
            )
            weight[123_456] = -.infinity
            expect(
                .value,
                #"tensor "weight" has Inf or NaN at index 123456"#,
                of: try model(weight, [0x7C00]),
                by: &average
            )
            expect(
                .value,
                #"tensor "bias" has Inf or NaN at index 0"#,
                of: try model([Float](repeating: 100, count: count), [0x7E00]),
                by: &average
            )
            #expect((average.examples, average.updates) == (3, 1))
            let mean = try fixture.result(of: average, metadata: ["round": "1"])
            #expect(try mean.elements(of: "weight", as: Float.self).allSatisfy { $0 == 0.25 })
            #expect(try mean.elements(of: "bias", as: UInt16.self) == [0x3C00])
            #expect(mean.metadata == ["round": "1"])
        }
    }

    @Test("a double so large that a sum with it could overflow is refused, and the round isn't lost to it")
    func unsummable() async throws {
        try await withFixture { fixture in
            func model(_ value: Double) throws -> SafetensorsFile {
                try fixture.model(NamedTensor("d", .f64, [0, value]))
            }
            var average = try FedAvg(reference: model(3))
            try average.add(model(3), examples: 1)
            for value in [0x1.0000000000001p976, -1e308, .infinity, .nan] {
                let text = #"tensor "d" has Inf, NaN or a value beyond 2^976, which can't be summed up, at index 1"#
                expect(.value, text, of: try model(value), by: &average)
            }
            #expect(try fixture.result(of: average).elements(of: "d", as: Double.self) == [0, 3])
        }
    }

    @Test("a boolean that is neither 0 nor 1 is refused")
    func notBoolean() async throws {
        try await withFixture { fixture in
            let base = try fixture.model(NamedTensor("mask", .bool, [UInt8(1), 0]))
            let update = try fixture.model(NamedTensor("mask", .bool, [UInt8(1), 2]))
            let refusal = #expect(throws: UpdateRefusal.self) { try UpdateCheck.check(update, against: base) }
            #expect(refusal?.kind == .value)
            #expect(
                refusal?.description.contains(#"tensor "mask" has a boolean that is neither 0 nor 1 at index 1"#)
                    == true
            )
        }
    }

    @Test("what differs from the model is listed by name, at most five of each sort")
    func mismatch() async throws {
        try await withFixture { fixture in
            let base = try fixture.model(
                NamedTensor("a", .f32, [Float(1), 2]),
                NamedTensor("b", .f32, [Float(1), 2]),
                NamedTensor("c", .f32, [Float(1), 2], shape: [2, 1]),
                NamedTensor("d", .i64, [Int64(1)])
            )
            let update = try fixture.model(
                NamedTensor("b", .f32, [Float(1)]),
                NamedTensor("c", .f32, [Float(1), 2], shape: [1, 2]),
                NamedTensor("d", .f64, [Double(1)]),
                NamedTensor("e", .u8, [UInt8(1)])
            )
            let difference =
                #"missing: "a"; unexpected: "e"; changed: "b" is F32 [1], the model's F32 [2], "#
                + #""c" is F32 [1, 2], the model's F32 [2, 1], "d" is F64 [1], the model's I64 [1]"#
            let refusal = #expect(throws: UpdateRefusal.self) { try UpdateCheck.check(update, against: base) }
            #expect(refusal?.kind == .mismatch)
            #expect(refusal?.description.contains(difference) == true)
            var average = try FedAvg(reference: base)
            expect(.mismatch, difference, of: update, by: &average, examples: 1)

            let names = (0..<8).map { "x\($0)" }
            let many = try fixture.model(NamedTensor("a", .u8, [UInt8(1)]))
            let place = fixture.url("many.safetensors")
            var writer = try SafetensorsWriter(
                url: place,
                specs: names.map { try TensorSpec(name: $0, dtype: .u8, shape: [0]) }
            )
            try writer.finish()
            let text = Difference(model: many, update: try SafetensorsFile(mapping: place)).description
            #expect(text == #"missing: "a"; unexpected: "x0", "x1", "x2", "x3", "x4" and 3 more"#)
        }
    }

    @Test("the order of tensors in an update's file doesn't matter")
    func order() async throws {
        try await withFixture { fixture in
            let base = try fixture.model(NamedTensor("a", .u8, [UInt8(1), 2, 3]), NamedTensor("b", .f32, [Float(1)]))
            let update = try fixture.model(NamedTensor("b", .f32, [Float(9)]), NamedTensor("a", .u8, [UInt8(7), 8, 9]))
            var average = try FedAvg(reference: base)
            try average.add(update, examples: 2)
            let mean = try fixture.result(of: average)
            #expect(mean.specs.map(\.name) == ["b", "a"], "large elements first, so that all are aligned")
            #expect(try mean.elements(of: "a", as: UInt8.self) == [7, 8, 9])
            #expect(try mean.elements(of: "b", as: Float.self) == [9])
        }
    }

    @Test("numbers of examples that are no weight are refused, and a mean of nothing too")
    func examples() async throws {
        try await withFixture { fixture in
            let base = try fixture.model(NamedTensor("a", .f32, [Float(1)]))
            var average = try FedAvg(reference: base)
            let empty = average
            #expect(throws: AggregationError.self) { try empty.write(to: fixture.url("out.safetensors")) }
            for wrong in [0, -1, .min, .max, 1 << 47 + 1] {
                expect(.examples, "the update counts \(wrong) examples", of: base, by: &average, examples: wrong)
            }
            try average.add(base, examples: 1 << 46)
            expect(.examples, "more than 2^47", of: base, by: &average, examples: 1 << 46 + 1)
            #expect((average.examples, average.updates) == (1 << 46, 1))
        }
    }

    @Test("an update that shrank after it was opened is refused")
    func shrunk() async throws {
        try await withFixture { fixture in
            let base = try fixture.model(NamedTensor("a", .f32, [Float(1)]))
            let place = fixture.url("update.safetensors")
            var average = try FedAvg(reference: base)
            try average.add(base, examples: 1)
            try average.write(to: place)
            let update = try SafetensorsFile(mapping: place)
            let handle = try FileHandle(forWritingTo: place)
            try handle.truncate(atOffset: 0)
            try handle.close()
            expect(.unreadable, "has 0 now", of: update, by: &average, examples: 1)
            #expect(average.updates == 1)
        }
    }

    private func expect(
        _ kind: UpdateRefusal.Kind,
        _ text: String,
        of update: SafetensorsFile,
        by average: inout FedAvg,
        examples: Int = 5,
        at place: SourceLocation = #_sourceLocation
    ) {
        do {
            try average.add(update, examples: examples)
            Issue.record("it was taken", sourceLocation: place)
        } catch {
            #expect(error.kind == kind, sourceLocation: place)
            #expect(error.description.contains(text), "\(error)", sourceLocation: place)
        }
    }
}
