import Artifacts
import Core
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// A model as an answer: in pieces from disk, whole or from a byte on (RFC 9110, one range).
struct FileResponse {
    private static let piece = 512 << 10

    let file: ModelFile

    /// The file is opened now: what happens to its name while it is sent changes nothing.
    func answer(to request: Request) throws -> Response {
        let handle: FileHandle
        do {
            handle = try FileHandle(forReadingFrom: file.url)
        } catch {
            throw EngineProblem(404, .missing, "the model's file is not there any more")
        }
        let tag = "\"\(file.content.digest)\""
        let size = file.content.bytes
        var headers: HTTPFields = [.contentType: "application/octet-stream", .eTag: tag, .acceptRanges: "bytes"]
        if let name = HTTPField.Name(EngineHeaders.sha256) { headers[name] = file.content.digest.description }

        guard let range = request.headers[.range], request.headers[.ifRange].map({ $0 == tag }) ?? true,
            let wanted = Self.range(range, of: size)
        else {
            return Response(status: .ok, headers: headers, body: body(handle, 0..<size))
        }
        guard let bytes = wanted else {
            try? handle.close()
            headers[.contentRange] = "bytes */\(size)"
            return Response(status: .rangeNotSatisfiable, headers: headers)
        }
        headers[.contentRange] = "bytes \(bytes.lowerBound)-\(bytes.upperBound - 1)/\(size)"
        return Response(status: .partialContent, headers: headers, body: body(handle, bytes))
    }

    private func body(_ handle: FileHandle, _ bytes: Range<Int>) -> ResponseBody {
        ResponseBody(contentLength: bytes.count) { writer in
            defer { try? handle.close() }
            try handle.seek(toOffset: UInt64(bytes.lowerBound))
            var left = bytes.count
            while left > 0 {
                let wanted = min(left, Self.piece)
                let piece = try await Blocking.run { try handle.read(upToCount: wanted) ?? Data() }
                guard !piece.isEmpty else { throw EngineError("the model's file is shorter than it was") }
                left -= piece.count
                try await writer.write(ByteBuffer(bytes: piece))
            }
            try await writer.finish(nil)
        }
    }

    /// `nil` for a header that isn't a single range of bytes and so doesn't count; `.some(nil)` for one outside of the
    /// file.
    private static func range(_ header: String, of size: Int) -> Range<Int>?? {
        guard header.hasPrefix("bytes="), !header.contains(",") else { return nil }
        let parts = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        switch (Int(parts[0]), Int(parts[1])) {
        case (let first?, let last?) where first >= 0 && first <= last:
            return .some(first < size ? first..<min(last, size - 1) + 1 : nil)
        case (let first?, nil) where first >= 0 && parts[1].isEmpty: return .some(first < size ? first..<size : nil)
        case (nil, let last?) where last > 0 && parts[0].isEmpty: return .some(max(0, size - last)..<size)
        default: return nil
        }
    }
}
