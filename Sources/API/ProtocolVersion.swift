/// The one version of everything that managers, the CLI and the controller say to one another.
///
/// | version | since | change |
/// | --- | --- | --- |
/// | 1 | 2026-11-23 | first |
package enum ProtocolVersion {
    package static let current = 1
    /// Request header in which managers and the CLI state theirs.
    package static let header = "FedOps-Protocol"
}

/// Answer of `GET /v1/version`.
package struct VersionView: Codable, Sendable, Equatable {
    package var version: String
    package var protocolVersion: Int

    package init(version: String, protocolVersion: Int = ProtocolVersion.current) {
        self.version = version
        self.protocolVersion = protocolVersion
    }
}

/// Body of every answer that isn't a success (RFC 9457, `application/problem+json`).
package struct Problem: Codable, Sendable, Equatable, Error {
    /// The status code.
    package var status: Int
    /// What went wrong, in one line.
    package var title: String
    /// Where, and what to do about it.
    package var detail: String?
    /// One line for each mistake, where there are several.
    package var errors: [String]?

    package init(status: Int, title: String, detail: String? = nil, errors: [String]? = nil) {
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = errors
    }
}

/// A list, wrapped so that fields can be added beside it.
package struct Listing<Item: Codable & Sendable>: Codable, Sendable {
    package var items: [Item]

    package init(_ items: [Item]) { self.items = items }
}
