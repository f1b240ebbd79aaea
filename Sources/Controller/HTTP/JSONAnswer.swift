import API
import Foundation
import HTTPTypes
import Hummingbird

/// Answers as JSON, with sorted keys.
enum JSONAnswer {
    static func response(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encode(value)))
        )
    }

    static func response(_ problem: Problem, path: String) throws -> Response {
        var response = try response(problem, status: HTTPResponse.Status(code: problem.status))
        response.headers[.contentType] = "application/problem+json"
        if problem.status == 401 { response.headers[.wwwAuthenticate] = "Bearer realm=\"fedops\"" }
        if problem.status == 405 {
            response.headers[.allow] = RoutePattern.methods(at: path).joined(separator: ", ")
        }
        // What is left of a body that wasn't read is not worth reading.
        if [400, 408, 413, 415].contains(problem.status) { response.headers[.connection] = "close" }
        return response
    }

    static let nothing = Response(status: .noContent)

    static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }
}
