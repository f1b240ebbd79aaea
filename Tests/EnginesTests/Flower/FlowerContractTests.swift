import Foundation
import SwiftProtobuf
import TestSupport
import Testing

@testable import Engines

/// What the engine believes of Flower, held against the installed Flower itself.
@Suite struct FlowerContractTests {
    @Test("every field of the engine's messages is Flower's own, by name, number and type")
    func descriptors() async throws {
        let ours = try Self.fields(of: Self.proto())
        #expect(ours.count > 20)
        let script = """
            import sys
            from flwr.proto import control_pb2, fab_pb2, fleet_pb2, message_pb2, node_pb2, run_pb2
            from google.protobuf.descriptor_pool import Default
            names = {1: "double", 4: "uint64", 8: "bool", 9: "string", 12: "bytes"}
            def kind(field):
                if field.message_type is None: return names[field.type]
                entry = field.message_type
                if entry.GetOptions().map_entry:
                    key, value = entry.fields_by_number[1], entry.fields_by_number[2]
                    return f"map<{kind(key)},{kind(value)}>"
                return entry.name
            for line in sys.argv[1:]:
                message, name = line.split(".")
                field = Default().FindMessageTypeByName("flwr.proto." + message).fields_by_name[name]
                is_map = field.message_type is not None and field.message_type.GetOptions().map_entry
                many = "repeated " if field.label == 3 and not is_map else ""
                print(f"{line}={field.number} {many}{kind(field)}")
            """
        let theirs = try await PythonEnvironment.flower().run(script, ours.map(\.name))
        #expect(theirs.split(separator: "\n").map(String.init) == ours.map { "\($0.name)=\($0.rest)" })
    }

    @Test("Flower reads the requests that the engine writes, and the engine reads Flower's answers")
    func bytes() async throws {
        var request = FlowerProtoStartRunRequest()
        request.fab.hashStr = "hash"
        request.fab.content = Data([1, 2, 255])
        request.federation = "federation"
        let script = """
            import sys
            from flwr.proto.control_pb2 import ListRunsResponse, StartRunRequest
            request = StartRunRequest.FromString(bytes.fromhex(sys.argv[1]))
            assert (request.fab.hash_str, request.fab.content) == ("hash", b"\\x01\\x02\\xff"), request
            assert request.federation == "federation"
            answer = ListRunsResponse()
            run = answer.run_dict[2**64 - 1]
            run.run_id, run.fab_hash, run.fab_id = 2**64 - 1, "hash", "unread"
            run.status.status, run.status.sub_status = "finished", "stopped"
            print(answer.SerializeToString().hex())
            """
        let bytes: [UInt8] = try request.serializedBytes()
        let hex = bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        let text = try await PythonEnvironment.flower().run(script, [hex])
        let answer = try FlowerProtoListRunsResponse(serializedBytes: Self.bytes(text))
        let run = try answer.runDict[.max].orThrow("run")
        #expect(run.runID == .max && run.fabHash == "hash")
        #expect(run.status.status == "finished" && run.status.subStatus == "stopped")
    }

    @Test("the app bundle is one that Flower takes, with the hash that Flower computes")
    func bundle() async throws {
        try await withFixture { fixture in
            let file = fixture.url("runner.fab")
            try RunnerApp.content.write(to: file)
            let script = """
                import hashlib, sys, zipfile
                from pathlib import Path
                from flwr.cli.install import install_from_fab
                from flwr.common.config import get_fab_config
                fab = Path(sys.argv[1])
                with zipfile.ZipFile(fab) as archive:
                    assert archive.testzip() is None
                    assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
                app = get_fab_config(fab.read_bytes())["tool"]["flwr"]["app"]
                assert app["flwr-version-target"] == __import__("flwr").__version__
                place = install_from_fab(fab.read_bytes(), Path(sys.argv[2]), skip_prompt=True)
                assert (place / "fedops_runner.py").exists()
                print(hashlib.sha256(fab.read_bytes()).hexdigest())
                """
            let printed = try await PythonEnvironment.flower().run(script, [file.path, fixture.url("apps").path])
            #expect(printed.split(separator: "\n").last.map(String.init) == RunnerApp.hash)
        }
    }

    private static func proto() throws -> String {
        let file = URL(filePath: #filePath).appending(path: "../../../../Sources/Engines/Flower/Generated/flower.proto")
        return try String(contentsOf: file.standardizedFileURL, encoding: .utf8)
    }

    /// `Message.field`, and its number and type.
    private static func fields(of proto: String) throws -> [(name: String, rest: String)] {
        var fields: [(name: String, rest: String)] = []
        var message = ""
        for line in proto.split(separator: "\n") {
            if let start = line.wholeMatch(of: #/message (\w+) \{/#) { message = String(start.1) }
            guard let field = line.wholeMatch(of: #/ +(?:optional )?((?:repeated )?[\w<>, ]+?) (\w+) = (\d+);/#)
            else { continue }
            fields.append(("\(message).\(field.2)", "\(field.3) \(field.1.replacing(", ", with: ","))"))
        }
        return fields
    }

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue).map(UInt8.init)
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
