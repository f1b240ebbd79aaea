package import API
import AsyncHTTPClient
package import Core
package import Foundation
import NIOCore
import NIOHTTP1

extension ControllerClient {
    /// Reads a blob from byte `offset` on and hands it over piece by piece.
    ///
    /// - Parameters:
    ///   - offset: What an earlier attempt already has; a controller that can't resume begins at 0 again.
    ///   - limit: Bytes that the whole blob may have.
    ///   - receive: Takes a piece and the place of its first byte in the blob.
    package func blob(
        _ digest: ContentDigest,
        from offset: Int = 0,
        limit: Int,
        receive: (_ piece: Data, _ place: Int) async throws -> Void
    ) async throws {
        try await download(Route.blob.path(digest.description), from: offset, limit: limit, receive: receive)
    }

    /// Reads a global model from the node that holds it, from byte `offset` on.
    package static func model(
        _ grant: ModelGrant,
        from offset: Int = 0,
        receive: (_ piece: Data, _ place: Int) async throws -> Void
    ) async throws {
        guard let parts = URLComponents(string: grant.url), let host = parts.host, let scheme = parts.scheme else {
            throw ClientError.unusable(address: grant.url, why: "the grant's URL can't be read")
        }
        let port = parts.port.map { ":\($0)" } ?? ""
        let bracketed = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        let node = try ControllerClient(url: "\(scheme)://\(bracketed)\(port)", token: grant.bearer, caller: .operator)
        try await node.download(parts.percentEncodedPath, from: offset, limit: grant.bytes, receive: receive)
    }

    private func download(
        _ target: String,
        from offset: Int,
        limit: Int,
        receive: (_ piece: Data, _ place: Int) async throws -> Void
    ) async throws {
        let headers = offset > 0 ? [("Range", "bytes=\(offset)-")] : []
        let response = try await open(.get, target, accept: "application/octet-stream", headers: headers)
        var place = response.status == .partialContent ? offset : 0
        if response.status == .partialContent, !Self.begins(response, at: offset) {
            throw ClientError.unusable(address: endpoint.address, why: "\(target) gave another range than was asked")
        }
        var pieces = response.body.makeAsyncIterator()
        while let piece = try await nextPiece(&pieces) {
            guard place + piece.count <= limit else {
                throw ClientError.unusable(address: endpoint.address, why: "\(target) has more than \(limit) bytes")
            }
            try await receive(piece, place)
            place += piece.count
        }
        try Task.checkCancellation()
    }

    /// Apart, so that only what the network throws is taken for the controller's.
    private func nextPiece(_ pieces: inout HTTPClientResponse.Body.AsyncIterator) async throws -> Data? {
        do {
            return try await pieces.next().map { Data($0.readableBytesView) }
        } catch {
            throw ClientError.wrapping(error, address: endpoint.address)
        }
    }

    private static func begins(_ response: HTTPClientResponse, at offset: Int) -> Bool {
        response.headers.first(name: "Content-Range")?.hasPrefix("bytes \(offset)-") ?? false
    }
}
