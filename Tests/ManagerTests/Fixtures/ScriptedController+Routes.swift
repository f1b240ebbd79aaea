import API
import Core
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

extension ScriptedController {
    func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("/v1/version") { _, _ in
            // As a controller that speaks another version of the protocol turns others away.
            var response = try self.problem(426, "this protocol is not spoken here")
            if let name = HTTPField.Name(ProtocolVersion.header) { response.headers[name] = "9" }
            return response
        }
        router.post("/v1/join") { request, _ in
            let body = try await self.decode(JoinRequest.self, request)
            guard body.token == Self.token else {
                return try self.problem(401, "the token is unknown, used or expired")
            }
            let secret = self.state.withLock { $0.secret }
            return try self.json(
                JoinAnswer(node: body.name, role: body.role ?? .client, labels: body.labels, secret: secret),
                status: .created
            )
        }
        router.put("/v1/nodes/{node}/report") { request, context in
            let node = context.parameters.get("node") ?? ""
            guard self.knows(request) else { return try self.problem(401, "the bearer is unknown") }
            let report = try await self.decode(NodeReport.self, request)
            self.state.withLock { $0.reports.append(report) }
            return try self.json(self.document(for: node))
        }
        router.get("/v1/nodes/{node}/watch") { request, context in
            let node = context.parameters.get("node") ?? ""
            guard self.knows(request), !self.state.withLock({ $0.refusesWatch }) else {
                return try self.problem(503, "no streams now")
            }
            return self.stream(node)
        }
        router.post("/v1/nodes/{node}/logs") { request, _ in
            let batch = try await self.decode(LogBatch.self, request)
            guard !self.state.withLock({ $0.refusesLogs }) else { return try self.problem(503, "no logs now") }
            self.state.withLock { $0.lines += batch.lines }
            return Response(status: .noContent)
        }
        router.post("/v1/nodes/{node}/tasks/{task}/result") { request, _ in
            let result = try await self.decode(RoundResult.self, request)
            let answer = self.state.withLock { state in
                state.results.append(result)
                return state.answers.isEmpty ? ResultAnswer.fenced : state.answers.removeFirst()
            }
            return try self.json(answer)
        }
        for kind in ["artifacts", "blobs"] {
            router.get("/v1/\(kind)/{digest}") { request, context in
                try self.blob(context.parameters.get("digest") ?? "", request)
            }
        }
        return router
    }

    private func stream(_ node: String) -> Response {
        let (wakes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state in
            state.watches += 1
            state.watchers[state.watches] = continuation
            return state.watches
        }
        continuation.yield()
        let body = ResponseBody { writer in
            defer { self.state.withLock { $0.watchers[id] = nil } }
            for await _ in wakes {
                let data = String(decoding: try JSONEncoder().encode(self.document(for: node)), as: UTF8.self)
                try await writer.write(ByteBuffer(string: "event: desired\ndata: \(data)\n\n"))
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "text/event-stream"], body: body)
    }

    private func blob(_ name: String, _ request: Request) throws -> Response {
        let range = request.headers[.range]
        let (found, cut, isDamaged) = state.withLock { state -> (Data?, Int?, Bool) in
            state.fetches.append((request.uri.path, range))
            let isDamaged = state.damages > 0
            if isDamaged { state.damages -= 1 }
            return (state.blobs[name], state.cuts.isEmpty ? nil : state.cuts.removeFirst(), isDamaged)
        }
        guard var data = found else { return try problem(404, "there is no blob \(name)") }
        if isDamaged { data[data.startIndex] ^= 0xff }
        let first = range.flatMap { Int($0.dropFirst("bytes=".count).prefix { $0 != "-" }) } ?? 0
        guard first == 0 || first < data.count else { return Response(status: .rangeNotSatisfiable) }
        var headers: HTTPFields = [.contentType: "application/octet-stream"]
        if first > 0 { headers[.contentRange] = "bytes \(first)-\(data.count - 1)/\(data.count)" }
        let rest = data.dropFirst(first)
        headers[.contentLength] = String(rest.count)
        let piece = Data(rest.prefix(cut ?? rest.count))
        let body = ResponseBody { writer in
            try await writer.write(ByteBuffer(bytes: piece))
            if cut != nil { throw Cut() }
            try await writer.finish(nil)
        }
        return Response(status: first > 0 ? .partialContent : .ok, headers: headers, body: body)
    }

    private struct Cut: Error {}

    private func knows(_ request: Request) -> Bool {
        request.headers[.authorization] == "Bearer " + state.withLock { $0.secret }
    }

    private func decode<Body: Decodable>(_ type: Body.Type, _ request: Request) async throws -> Body {
        let buffer = try await request.body.collect(upTo: 8 << 20)
        return try JSONDecoder().decode(type, from: Data(buffer.readableBytesView))
    }

    private func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        let data = try JSONEncoder().encode(value)
        return Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: data))
        )
    }

    private func problem(_ status: Int, _ title: String) throws -> Response {
        try json(Problem(status: status, title: title), status: .init(code: status))
    }
}
