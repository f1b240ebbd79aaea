import API
import Foundation
import HTTPTypes
import Hummingbird
import NIOFoundationEssentialsCompat

/// Reads bodies: JSON, so many bytes at most, within so long, and says where one is wrong.
enum RequestBodyReader {
    static let jsonLimit = 1 << 20
    static let logLimit = 4 << 20
    /// For a whole body; an idle connection is closed earlier.
    static let deadline = Duration.seconds(30)

    static let tooLarge = Problem(
        status: 413,
        title: "the body is too large",
        detail: "at most \(jsonLimit >> 20) MiB are read, and \(logLimit >> 20) MiB of log lines"
    )

    static func decode<Value: Decodable & Sendable>(
        _ type: Value.Type,
        from request: Request,
        limit: Int = jsonLimit
    ) async throws -> Value {
        let data = try await read(request, limit: limit)
        guard !data.isEmpty else {
            throw Problem(status: 400, title: "the request has no body", detail: "a JSON object is expected")
        }
        return try decode(type, from: data)
    }

    /// For bodies that may be left out.
    static func decodeIfPresent<Value: Decodable & Sendable>(
        _ type: Value.Type,
        from request: Request
    ) async throws -> Value? {
        let data = try await read(request, limit: jsonLimit)
        return data.isEmpty ? nil : try decode(type, from: data)
    }

    private static func read(_ request: Request, limit: Int) async throws -> Data {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
        let body = request.body
        let buffer = try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
            group.addTask { try await body.collect(upTo: limit) }
            group.addTask {
                try await Task.sleep(for: deadline)
                throw Problem(status: 408, title: "the body did not arrive within \(deadline.components.seconds) s")
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
        guard buffer.readableBytes > 0 else { return Data() }
        if let type = request.headers[.contentType], !isJSON(type) {
            throw Problem(
                status: 415,
                title: "the body's type is \(type.prefix(100))",
                detail: "send JSON, with the header Content-Type: application/json"
            )
        }
        return Data(buffer.readableBytesView)
    }

    private static func isJSON(_ type: String) -> Bool {
        let essence = type.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
        return essence == "application/json" || essence.hasSuffix("+json")
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch let error as DecodingError {
            throw Problem(status: 400, title: "the body isn't what is expected", detail: explain(error))
        }
    }

    private static func explain(_ error: DecodingError) -> String {
        func place(_ path: [any CodingKey]) -> String {
            let text = path.reduce(into: "") { text, key in
                if let index = key.intValue {
                    text += "[\(index)]"
                } else {
                    text += (text.isEmpty ? "" : ".") + key.stringValue
                }
            }
            return text.isEmpty ? "the body" : text
        }
        switch error {
        case .keyNotFound(let key, let context): return "\(place(context.codingPath + [key])): is missing"
        case .valueNotFound(_, let context): return "\(place(context.codingPath)): is null, and has to have a value"
        case .typeMismatch(let type, let context):
            return "\(place(context.codingPath)): has the wrong type, \(name(of: type)) is expected"
        case .dataCorrupted(let context):
            let beneath = (context.underlyingError as NSError?)?.userInfo[NSDebugDescriptionErrorKey] as? String
            let reason = beneath.map { "\(context.debugDescription) \($0)" } ?? context.debugDescription
            return "\(place(context.codingPath)): \(reason)"
        @unknown default: return "\(error)"
        }
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a text"
        case is Bool.Type: "true or false"
        case is Int.Type, is Int64.Type: "a whole number"
        case is Double.Type: "a number"
        case is [Any].Type: "a list"
        case is [String: Any].Type: "an object"
        default: "\(type)"
        }
    }
}
