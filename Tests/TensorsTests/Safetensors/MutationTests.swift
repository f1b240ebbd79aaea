import Foundation
import Tensors
import TestSupport
import Testing

/// Thousands of headers, most of them wrong. A seed that fails is printed, and fails again.
@Suite struct MutationTests {
    @Test("rubbish is refused or taken as a file that is whole, and never ends the process", arguments: 0..<8)
    func neverCrashes(batch: UInt64) async throws {
        try await withFixture { fixture in
            var taken = 0
            for seed in batch * 500..<(batch + 1) * 500 {
                let made = MutatedHeader(seed: seed)
                let place = try fixture.rawFile(header: made.header, length: made.length, data: made.data, name: "m")
                guard let file = Self.open(place) else { continue }
                taken += 1
                #expect(file.specs.reduce(0) { $0 + $1.byteCount } == made.data.count, "seed \(seed)")
                #expect(try file.specs.flatMap { try file.bytes(of: $0.name) } == made.data, "seed \(seed)")
                let copy = try fixture.file("copy", try file.specs.map { ($0, try file.bytes(of: $0.name)) })
                #expect(try SafetensorsFile(mapping: copy).specs == file.specs, "seed \(seed)")
            }
            #expect((50..<450).contains(taken), "\(taken) of 500 were taken: the mutations are too mild or too strong")
        }
    }

    @Test("bytes without any form are refused", arguments: 0..<4)
    func noise(batch: UInt64) async throws {
        try await withFixture { fixture in
            for seed in batch * 250..<(batch + 1) * 250 {
                var random = RandomBytes(seed: seed)
                let noise = (0..<Int.random(in: 0..<200, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                let length = UInt64.random(in: 0...UInt64(noise.count), using: &random)
                let place = try fixture.rawFile(header: noise, length: length, data: [], name: "n")
                #expect(Self.open(place) == nil, "seed \(seed)")
            }
        }
    }

    @Test("what we take, the reference implementation takes, and sees the same tensors in it")
    func notLaxerThanTheReference() async throws {
        let python = try await PythonEnvironment.numpy()
        try await withFixture { fixture in
            var lines: [String] = []
            for seed in UInt64(100_000)..<100_800 {
                let made = MutatedHeader(seed: seed)
                let name = "\(seed).safetensors"
                let place = try fixture.rawFile(header: made.header, length: made.length, data: made.data, name: name)
                guard let file = Self.open(place) else { continue }
                for spec in file.specs.sorted(by: { $0.name < $1.name }) {
                    lines.append("\(seed) \(Array(spec.name.utf8)) \(spec)")
                }
                lines.append("\(seed) \(file.metadata.sorted { $0.key < $1.key }.map { Array($0.value.utf8) })")
            }
            let seeds = Set(lines.compactMap { $0.split(separator: " ").first })
            #expect(seeds.count > 100)
            let theirs = try await python.run(
                """
                import sys, os
                from safetensors import safe_open
                for seed in sorted(sys.argv[2:]):
                    with safe_open(os.path.join(sys.argv[1], seed + ".safetensors"), framework="numpy") as file:
                        for name in sorted(file.keys()):
                            part = file.get_slice(name)
                            print(seed, list(name.encode()), part.get_dtype(), part.get_shape())
                        print(seed, [list(v.encode()) for _, v in sorted((file.metadata() or {}).items())])
                """,
                [fixture.folder.path] + seeds.map(String.init)
            )
            #expect(theirs == lines.joined(separator: "\n"))
        }
    }

    private static func open(_ place: URL) -> SafetensorsFile? { try? SafetensorsFile(mapping: place) }
}
