import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SwiftProtobuf

/// Flower's Control interface, as far as the engine drives it: protobuf over HTTP on loopback.
struct ControlClient: Sendable {
    let port: Int

    /// Starts a run of the app bundle and returns its number.
    func startRun(_ content: Data, hash: String) async throws -> UInt64 {
        var request = FlowerProtoStartRunRequest()
        request.fab.hashStr = hash
        request.fab.content = content
        let response: FlowerProtoStartRunResponse = try await call("start-run", request)
        guard response.hasRunID else { throw EngineError("SuperLink started no run: its log says why") }
        return response.runID
    }

    /// Ends a run; one that has ended already is no failure.
    func stopRun(_ run: UInt64) async throws {
        var request = FlowerProtoStopRunRequest()
        request.runID = run
        let _: FlowerProtoStopRunResponse = try await call("stop-run", request)
    }

    /// What SuperLink says of a run: `pending`, `starting`, `running` or `finished`, and how it finished.
    func status(of run: UInt64) async throws -> (status: String, detail: String) {
        var request = FlowerProtoListRunsRequest()
        request.runID = run
        let response: FlowerProtoListRunsResponse = try await call("list-runs", request)
        guard let found = response.runDict[run] else { throw EngineError("SuperLink knows no run \(run)") }
        return (found.status.status, found.status.subStatus)
    }

    private func call<Answer: SwiftProtobuf.Message>(_ name: String, _ message: some SwiftProtobuf.Message) async throws
        -> Answer
    {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/v1/control/\(name)")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: FleetRoutes.media)
        request.headers.add(name: "Accept", value: FleetRoutes.media)
        request.body = .bytes(ByteBuffer(bytes: try message.serializedBytes() as [UInt8]))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let body = Array(try await response.body.collect(upTo: 16 << 20).readableBytesView)
        guard response.status.code == 200 else {
            let problem = try? JSONDecoder().decode(Problem.self, from: Data(body))
            throw EngineError("SuperLink's \(name): \(problem?.detail ?? "\(response.status)")")
        }
        return try Answer(serializedBytes: body)
    }

    private struct Problem: Decodable {
        var detail: String
    }
}
