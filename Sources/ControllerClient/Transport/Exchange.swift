import API
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// One request and what became of it.
extension ControllerClient {
    /// Bytes that an answer which is read as a whole may have.
    static let answerLimit = 64 << 20

    /// Sends and returns the head of a success; every other status is thrown as what it means.
    func open(
        _ method: Route.Method,
        _ target: String,
        accept: String = "application/json",
        headers: [(String, String)] = [],
        body: Data? = nil
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: endpoint.base + target)
        request.method = HTTPMethod(rawValue: method.rawValue.uppercased())
        request.headers.add(name: "Accept", value: accept)
        request.headers.add(name: ProtocolVersion.header, value: String(ProtocolVersion.current))
        request.headers.add(name: "User-Agent", value: "fedops")
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        do {
            let response = try await connections.execute(request, timeout: .seconds(30))
            if (200..<300).contains(response.status.code) { return response }
            throw try await refusal(response)
        } catch {
            throw ClientError.wrapping(error, address: endpoint.address)
        }
    }

    /// The whole answer, within `limit`.
    func exchange<Answer: Decodable & Sendable>(
        _ method: Route.Method,
        _ target: String,
        body: Data? = nil,
        limit: Duration = .seconds(60),
        as type: Answer.Type = Answer.self
    ) async throws -> Answer {
        let data = try await bytes(method, target, body: body, limit: limit)
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch {
            throw ClientError.unusable(address: endpoint.address, why: "\(target) gave no \(type): \(error)")
        }
    }

    /// The bytes of the whole answer, within `limit`.
    @discardableResult
    func bytes(
        _ method: Route.Method,
        _ target: String,
        accept: String = "application/json",
        body: Data? = nil,
        limit: Duration = .seconds(60)
    ) async throws -> Data {
        do {
            return try await within(limit) {
                let response = try await open(method, target, accept: accept, body: body)
                return try await Self.collect(response, upTo: Self.answerLimit)
            }
        } catch {
            throw ClientError.wrapping(error, address: endpoint.address)
        }
    }

    private static func collect(_ response: HTTPClientResponse, upTo limit: Int) async throws -> Data {
        Data(try await response.body.collect(upTo: limit).readableBytesView)
    }

    private func refusal(_ response: HTTPClientResponse) async throws -> ClientError {
        let status = Int(response.status.code)
        let theirs = response.headers.first(name: ProtocolVersion.header).flatMap(Int.init)
        if status == 426 || theirs.map({ $0 != ProtocolVersion.current }) == true {
            return .incompatible(address: endpoint.address, ours: ProtocolVersion.current, theirs: theirs)
        }
        let data = try await within(.seconds(10)) { try await Self.collect(response, upTo: 1 << 20) }
        // What isn't a problem document comes from something in between, such as a proxy.
        let problem =
            (try? JSONDecoder().decode(Problem.self, from: data))
            ?? Problem(status: status, title: "\(endpoint.address) answered \(status) \(response.status.reasonPhrase)")
        return status == 401 || status == 403 ? .unauthorised(problem, caller: caller) : .problem(problem)
    }
}

extension Encodable {
    /// As a request's body.
    func json() throws -> Data { try JSONEncoder().encode(self) }
}
