import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct FileTests {
    static let header = #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#

    @Test("what isn't a regular file of ours is refused, and a named pipe isn't waited for")
    func notRegular() async throws {
        try await withFixture { fixture in
            let file = try fixture.rawFile(Self.header, data: [1, 2, 3, 4])
            let link = fixture.url("link")
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
            let pipe = fixture.url("pipe")
            try await requireProcess("mkfifo", [pipe.path])
            let wrong: [(URL, String)] = [
                (link, "symbolic link"), (pipe, "isn't a regular file"), (fixture.folder, "isn't a regular file"),
                (fixture.url("absent"), "No such file"),
            ]
            for (place, says) in wrong {
                let error = refusal { _ = try SafetensorsFile(mapping: place) }
                #expect(error?.kind == .unreadable)
                #expect(error?.description.contains(says) == true, "\(error?.description ?? "it was taken")")
            }
        }
    }

    @Test("a file cut anywhere is refused")
    func cut() async throws {
        try await withFixture { fixture in
            let whole = try Data(contentsOf: fixture.rawFile(Self.header, data: [1, 2, 3, 4]))
            for length in 0..<whole.count {
                let place = fixture.url("cut")
                try whole.prefix(length).write(to: place)
                #expect(refusal { _ = try SafetensorsFile(mapping: place) }?.kind == .invalid, "cut to \(length)")
            }
        }
    }

    @Test("a file that shrank while it was open is refused before its bytes are touched")
    func shrunk() async throws {
        try await withFixture { fixture in
            let place = try fixture.rawFile(Self.header, data: [1, 2, 3, 4])
            let file = try SafetensorsFile(mapping: place)
            #expect(try file.bytes(of: "a") == [1, 2, 3, 4])
            let handle = try FileHandle(forWritingTo: place)
            try handle.truncate(atOffset: 0)
            try handle.close()
            let error = refusal { _ = try file.bytes(of: "a") }
            #expect(error?.description.contains("bytes when it was opened and has 0 now") == true)
        }
    }

    @Test("tensors are given in the order of their bytes, whatever the header's, and unaligned ones as they are")
    func order() async throws {
        try await withFixture { fixture in
            let place = try fixture.rawFile(
                #"{"late":{"data_offsets":[3,7],"shape":[],"dtype":"F32"},"__metadata__":{"k":"v\n\u00e9\ud83d\ude00"},"#
                    + #""none":{"dtype":"I64","shape":[0,7],"data_offsets":[3,3]},"#
                    + #""early":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}"#,
                data: [1, 2, 3] + bytes([Float(1.5)])
            )
            let file = try SafetensorsFile(mapping: place)
            #expect(file.specs.map(\.name) == ["early", "none", "late"])
            #expect(file.metadata == ["k": "v\né😀"])
            #expect(try file.elements(of: "late", as: Float.self) == [1.5])
            #expect(try file.bytes(of: "none") == [])
            #expect(file.specs[2].count == 1)
            #expect(file.specs[1].count == 0)
            #expect(refusal { _ = try file.bytes(of: "other") }?.description == #"the file has no tensor "other""#)
        }
    }
}
