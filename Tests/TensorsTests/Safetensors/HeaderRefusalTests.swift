import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct HeaderRefusalTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let header: String
        let data: Int
        let says: String
        var testDescription: String { "\(says): \(header.prefix(90))" }

        init(_ header: String, data: Int = 4, says: String) {
            self.header = header
            self.data = data
            self.says = says
        }
    }

    static let one = #""a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#

    static let cases: [Case] = [
        Case("", says: "doesn't begin with '{'"),
        Case(" {\(one)}", says: "doesn't begin with '{'"),
        Case("[]", says: "doesn't begin with '{'"),
        Case("{", says: "the header ends"),
        Case("{\(one)", says: "the header ends"),
        Case("{\(one),}", says: "before a tensor's name"),
        Case("{\(one)}x", says: "follows the closing"),
        Case("{\(one),\(one)}", says: #"tensor "a" is there twice"#),
        Case(
            #"{"\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},\#(one)}"#,
            says: #"tensor "a" is there twice"#
        ),
        Case(#"{"a":null}"#, says: "'{' is wanted"),
        Case(#"{"a":{}}"#, says: "before a key"),
        Case(#"{"a":{"dtype":"F32","shape":[1]}}"#, says: "needs dtype, shape and two data_offsets"),
        Case(#"{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, says: "has dtype twice"),
        Case(#"{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}"#, says: "has shape twice"),
        Case(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}"#, says: #"unknown key "x""#),
        Case(#"{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}"#, says: "read are F64, F32"),
        Case(#"{"a":{"dtype":1,"shape":[1],"data_offsets":[0,4]}}"#, says: "'1' is there"),
        Case(#"{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}"#, says: "'[' is wanted before the shape"),
        Case(#"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, says: "must be a whole number"),
        Case(#"{"a":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}"#, says: "must be a whole number"),
        Case(#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, says: "whole number from zero up"),
        Case(#"{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}"#, says: "whole number from zero up"),
        Case(#"{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}"#, says: "leading zero"),
        Case(#"{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}"#, says: "whole number from zero up"),
        Case(#"{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]}}"#, says: "63 bits"),
        Case(#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}"#, says: "overflows"),
        Case(#"{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,4]}}"#, says: "overflows"),
        Case(
            #"{"a":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}}"#,
            data: 0,
            says: "overflows"
        ),
        Case(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}"#, says: "more than 2 numbers"),
        Case(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4]}}"#, says: "needs dtype, shape and two data_offsets"),
        Case(
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            data: 8,
            says: "must begin where the one before"
        ),
        Case(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, says: "must begin where the one before"),
        Case(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, says: "needs 8 bytes, the header gives it 4"),
        Case(
            #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}"#,
            data: 6,
            says: "ends, at 4"
        ),
        Case(
            #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#,
            says: "ends, at 4"
        ),
        Case("{\(one)}", data: 3, says: "tells of 4 bytes of data, the file has 3"),
        Case("{\(one)}", data: 5, says: "tells of 4 bytes of data, the file has 5"),
        Case("{}", data: 1, says: "tells of 0 bytes of data"),
        Case(#"{"__metadata__":{"k":1},\#(one)}"#, says: #"before the metadata's "k""#),
        Case(#"{"__metadata__":null,\#(one)}"#, says: "as the value of __metadata__"),
        Case(#"{"__metadata__":{"k":"1","k":"2"},\#(one)}"#, says: #"the metadata has "k" twice"#),
        Case(#"{"__metadata__":{},"__metadata__":{},\#(one)}"#, says: "__metadata__ is there twice"),
        Case(#"{"a\#u{1}":{}}"#, says: "control character 1"),
        Case(#"{"a\x":{}}"#, says: "an escape that JSON doesn't have"),
        Case(#"{"\ud800":{}}"#, says: "half of a surrogate pair"),
        Case(#"{"\ud800\u0041":{}}"#, says: "half of a surrogate pair"),
        Case(#"{"\udc00":{}}"#, says: "half of a surrogate pair"),
        Case(#"{"\u12g4":{}}"#, says: "hexadecimal"),
        Case(#"{"\u12"#, says: "has no end"),
        Case(#"{"a"#, says: "has no end"),
        Case(String(repeating: "{\"a\":", count: 50_000), says: #"unknown key "a""#),
        Case("{\"a\":" + String(repeating: "[", count: 50_000), says: "'{' is wanted"),
    ]

    @Test("a header that breaks the format is refused, and the error says where", arguments: cases)
    func refused(_ wrong: Case) async throws {
        try await withFixture { fixture in
            let place = try fixture.rawFile(wrong.header, data: [UInt8](repeating: 0, count: wrong.data))
            let error = refusal { _ = try SafetensorsFile(mapping: place) }
            #expect(error?.kind == .invalid)
            #expect(error?.description.contains(wrong.says) == true, "\(error?.description ?? "it was taken")")
        }
    }

    @Test("a name that isn't UTF-8 is refused")
    func notUTF8() async throws {
        try await withFixture { fixture in
            let header = [UInt8]("{\"".utf8) + [0xC3, 0x28] + [UInt8]("\":{}}".utf8)
            let place = try fixture.rawFile(header: header, length: nil, data: [], name: "a")
            #expect(refusal { _ = try SafetensorsFile(mapping: place) }?.description.contains("isn't UTF-8") == true)
        }
    }

    @Test("a message shows no control characters of a name, and not all of a long one")
    func namesInMessages() {
        #expect(quoted("a\u{1B}[31m\n") == "\"a\u{FFFD}[31m\u{FFFD}\"")
        #expect(quoted(String(repeating: "x", count: 5000)).count == 83)
    }

    @Test("more than the limits allow is refused as too large")
    func limits() async throws {
        try await withFixture { fixture in
            let header =
                #"{"long":{"dtype":"U8","shape":[1,1],"data_offsets":[0,1]},"#
                + #""b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#
            let place = try fixture.rawFile(header, data: [1, 2])
            #expect(try SafetensorsFile(mapping: place).specs.map(\.name) == ["long", "b"])
            let size = 8 + header.utf8.count + 2
            let tight: [(SafetensorsLimits, TensorError.Kind)] = [
                (SafetensorsLimits(maxFileBytes: size - 1), .tooLarge),
                (SafetensorsLimits(maxHeaderBytes: header.utf8.count - 1), .tooLarge),
                (SafetensorsLimits(maxTensors: 1), .tooLarge),
                (SafetensorsLimits(maxNameBytes: 3), .invalid),
                (SafetensorsLimits(maxRank: 1), .invalid),
            ]
            for (limits, kind) in tight {
                #expect(refusal { _ = try SafetensorsFile(mapping: place, limits: limits) }?.kind == kind)
            }
            let exact = SafetensorsLimits(
                maxFileBytes: size,
                maxHeaderBytes: header.utf8.count,
                maxTensors: 2,
                maxNameBytes: 12,
                maxRank: 2
            )
            #expect(try SafetensorsFile(mapping: place, limits: exact).byteCount == size)
        }
    }

    @Test("a header's length beyond the file, and beyond all numbers, is refused", arguments: [1, 1 << 40, UInt64.max])
    func length(beyond: UInt64) async throws {
        try await withFixture { fixture in
            let length = beyond == .max ? beyond : 2 + beyond
            let place = try fixture.rawFile(header: Array("{}".utf8), length: length, data: [], name: "a")
            #expect(refusal { _ = try SafetensorsFile(mapping: place) } != nil)
        }
    }
}
