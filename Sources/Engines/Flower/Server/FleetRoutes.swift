import AsyncHTTPClient
import Core
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import SwiftProtobuf

/// The one way to SuperLink from outside: the paths of Flower's Fleet interface, for clients with the key of a ticket.
///
/// Control and Runtime, where Flower 1.41 asks nobody who they are, have no way here. A client speaks for itself only:
/// its name is proven by its key, SuperLink holds each request against the number that it gave that SuperNode, and a
/// reply that names another sender is refused here.
struct FleetRoutes: Sendable {
    static let calls: Set = [
        "register-node", "activate-node", "deactivate-node", "unregister-node", "send-node-heartbeat", "pull-messages",
        "push-messages", "get-run", "get-fab", "push-object", "pull-object", "confirm-message-received",
    ]
    /// Flower cuts models into pieces of 5 MiB.
    static let maximumBody = 32 << 20
    static let media = "application/protobuf"

    let engine: EmbeddedEngine

    func add(to group: RouterGroup<EngineRequestContext>) {
        group.post { request, context in try await forward(request, context) }
    }

    private func forward(_ request: Request, _ context: EngineRequestContext) async throws -> Response {
        let (task, node) = try await admit(request)
        guard let call = context.parameters.get("call"), Self.calls.contains(call) else {
            throw EngineProblem(404, .missing, "SuperLink has nothing of this path for clients")
        }
        guard let fleet = engine.fleets[task], fleet.port != nil else {
            throw EngineProblem(503, .unavailable, "the SuperLink of task \(task) is not running")
        }
        let body = try await request.body.collect(upTo: Self.maximumBody)
        switch call {
        case "push-messages": try check(body, of: node, in: fleet)
        case "confirm-message-received": fleet.confirmed(by: node)
        case "pull-messages":
            let wait = request.header(EngineHeaders.wait).flatMap { Double($0) } ?? 0
            return try await cancelWhenGracefulShutdown {
                try await pull(request, body, node, fleet, upTo: min(max(0, wait), engine.configuration.poll))
            }
        default: break
        }
        let answer = try await send(request, body, to: fleet)
        if call == "activate-node", answer.status == 200 {
            let given = try FlowerProtoActivateNodeResponse(serializedBytes: answer.body)
            fleet.admit(node, as: given.nodeID)
        }
        return answer.response
    }

    private func admit(_ request: Request) async throws -> (task: String, node: String) {
        guard let task = request.header(EngineHeaders.task), Names.isValid(task),
            let epoch = request.header(EngineHeaders.epoch).flatMap({ Int($0) }), epoch >= 0,
            let node = request.header(EngineHeaders.node), Names.isValid(node),
            let bearer = request.bearer
        else { throw EngineProblem.unauthorized }
        // Whoever comes before the round is open asks again: its newest ticket may be another by then.
        let desk = await engine.registry.desk(task: task, epoch: epoch, node: node, bearer: bearer, waiting: 0)
        guard let desk else { throw EngineProblem.unauthorized }
        try desk.checkMember(node)
        return (task, node)
    }

    /// Messages for a node as soon as there are some: SuperNode would sleep for three seconds between two looks.
    private func pull(
        _ request: Request,
        _ body: ByteBuffer,
        _ node: String,
        _ fleet: FlowerFleet,
        upTo seconds: Double
    ) async throws -> Response {
        let end = ContinuousClock.now + .seconds(seconds)
        var seen: Int?
        while true {
            if let again = fleet.unconfirmed(by: node) { return Answer(status: 200, body: again).response }
            let last = seen
            let left = (end - .now) / .seconds(1)
            seen = await fleet.changes.wait(upTo: max(0, left)) {
                fleet.sent.flatMap { $0 == last ? nil : $0 }
            }
            guard seen != nil || last == nil else { return Answer(status: 200, body: []).response }
            let answer = try await send(request, body, to: fleet)
            guard answer.status == 200 else { return answer.response }
            guard answer.body.isEmpty else {
                fleet.gave(answer.body, to: node)
                return answer.response
            }
            if seen == nil { return answer.response }
        }
    }

    /// - Throws: 403 where a reply isn't the node's own.
    private func check(_ body: ByteBuffer, of node: String, in fleet: FlowerFleet) throws {
        let pushed: FlowerProtoPushMessagesRequest
        do {
            pushed = try FlowerProtoPushMessagesRequest(serializedBytes: Array(body.readableBytesView))
        } catch {
            throw EngineProblem.malformed("the body is no message of Flower's: \(error)")
        }
        let number = fleet.number(of: node)
        let senders = [pushed.node.nodeID] + pushed.messagesList.map(\.metadata.srcNodeID)
        guard senders.allSatisfy({ $0 == number }) else {
            throw EngineProblem(403, .refused, "node \(node) speaks for another SuperNode than its own")
        }
    }

    // MARK: - SuperLink

    private struct Answer: Sendable {
        var status: Int
        var body: [UInt8]
        var type = FleetRoutes.media

        var response: Response {
            Response(
                status: HTTPResponse.Status(code: status),
                headers: [.contentType: type],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))
            )
        }
    }

    private func send(_ request: Request, _ body: ByteBuffer, to fleet: FlowerFleet) async throws -> Answer {
        guard let port = fleet.port else {
            throw EngineProblem(503, .unavailable, "the SuperLink of task \(fleet.task) is not running")
        }
        var onward = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(request.uri.path)")
        onward.method = .POST
        onward.headers = FleetHeaders.onward(request.headers.map { ($0.name.rawName, $0.value) })
        onward.body = .bytes(body)
        do {
            let response = try await HTTPClient.shared.execute(onward, timeout: .seconds(60))
            let content = try await response.body.collect(upTo: Self.maximumBody)
            return Answer(
                status: Int(response.status.code),
                body: Array(content.readableBytesView),
                type: response.headers.first(name: "Content-Type") ?? Self.media
            )
        } catch {
            try Task.checkCancellation()
            throw EngineProblem(503, .unavailable, "the SuperLink of task \(fleet.task) does not answer: \(error)")
        }
    }
}

/// Which of a request's headers go on to the next hop.
enum FleetHeaders {
    private static let ours = [
        "host", "content-length", "transfer-encoding", "connection", "authorization", "accept-encoding",
    ]

    /// All but those of the connection, our own, and an encoding that would have to be undone.
    static func onward(_ headers: [(String, String)]) -> HTTPHeaders {
        HTTPHeaders(
            headers.filter { name, _ in
                let name = name.lowercased()
                return !ours.contains(name) && !name.hasPrefix("fedops-")
            }
        )
    }
}
