import API
import Artifacts
import Core
import FoundationEssentials
import HTTPTypes
import Hummingbird

/// Answers with a stored file, or with the part of it that a download which was cut still lacks.
struct BlobAnswer: Sendable {
    var blobs: BlobStore
    private let files = FileIO()

    init(blobs: BlobStore) { self.blobs = blobs }

    func response(_ text: String, type: String, _ request: Request, _ context: ControllerContext) async throws
        -> Response
    {
        guard let digest = ContentDigest(text) else {
            throw Problem(
                status: 400,
                title: "\"\(text.prefix(100))\" is not a digest",
                detail: "sha256: and 64 hexadecimal digits are expected"
            )
        }
        guard let size = blobs.size(of: digest) else {
            throw Problem(status: 404, title: "there is no blob \(digest)", detail: "it was never built here")
        }
        var headers: HTTPFields = [
            .contentType: type, .acceptRanges: "bytes", .eTag: "\"\(digest.hex)\"",
            .cacheControl: "private, max-age=31536000, immutable",
        ]
        let path = blobs.url(of: digest).path
        guard let header = request.headers[.range], let range = ByteRange(header) else {
            return Response(status: .ok, headers: headers, body: try await files.loadFile(path: path, context: context))
        }
        guard let bytes = range.resolved(size) else {
            headers[.contentType] = nil
            headers[.contentRange] = "bytes */\(size)"
            return Response(status: .rangeNotSatisfiable, headers: headers)
        }
        headers[.contentRange] = "bytes \(bytes.lowerBound)-\(bytes.upperBound)/\(size)"
        let body = try await files.loadFile(path: path, range: bytes, context: context)
        return Response(status: .partialContent, headers: headers, body: body)
    }
}

/// One range of a `Range` header (RFC 9110, section 14). A header with several is answered as if there was none, which
/// the RFC allows.
struct ByteRange: Equatable {
    private enum Form: Equatable {
        case from(Int, through: Int?)
        case last(Int)
    }

    private let form: Form

    init?(_ header: String) {
        guard header.hasPrefix("bytes=") else { return nil }
        let parts = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, !header.contains(",") else { return nil }
        if parts[0].isEmpty {
            guard let count = Int(parts[1]), count >= 0 else { return nil }
            form = .last(count)
        } else {
            guard let first = Int(parts[0]), first >= 0 else { return nil }
            if parts[1].isEmpty {
                form = .from(first, through: nil)
            } else {
                guard let last = Int(parts[1]), last >= first else { return nil }
                form = .from(first, through: last)
            }
        }
    }

    /// The bytes of a file of `size`; nil where it has none of them.
    func resolved(_ size: Int) -> ClosedRange<Int>? {
        switch form {
        case .from(let first, let last): first < size ? first...min(last ?? size - 1, size - 1) : nil
        case .last(let count): count > 0 && size > 0 ? max(0, size - count)...(size - 1) : nil
        }
    }
}
