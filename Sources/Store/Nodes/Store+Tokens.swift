package import Core
import GRDB

/// Leave for one machine to join, without the token itself: of that only the hash is stored.
package struct TokenRecord: Codable, Sendable, Equatable {
    package var id: String
    package var role: NodeRole
    /// Given to the node that joins with it.
    package var labels: [String: String]
    /// The only node name that may use it; any where absent.
    package var node: String?
    package var created: Instant
    package var expires: Instant
    package var usedBy: String?
    package var usedAt: Instant?

    package init(
        id: String,
        role: NodeRole,
        labels: [String: String] = [:],
        node: String? = nil,
        created: Instant,
        expires: Instant
    ) {
        self.id = id
        self.role = role
        self.labels = labels
        self.node = node
        self.created = created
        self.expires = expires
    }
}

extension Store {
    /// - Parameter hash: SHA-256 of the token, in hexadecimal.
    package func addToken(_ token: TokenRecord, hash: String) throws(StoreError) {
        try write { db in
            try db.execute(
                sql: """
                    INSERT INTO tokens (id, hash, role, labels, node, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    token.id, hash, token.role.rawValue, try Document.encode(token.labels), token.node,
                    token.created.milliseconds, token.expires.milliseconds,
                ]
            )
        }
    }

    /// All tokens, newest first, used and expired ones among them.
    package func tokens() throws(StoreError) -> [TokenRecord] {
        try read { try Row.fetchAll($0, sql: "SELECT * FROM tokens ORDER BY created DESC, id").map(token) }
    }

    /// Nobody joins with it any more; who has joined stays.
    package func removeToken(_ id: String) throws(StoreError) {
        try write { db in
            try db.execute(sql: "DELETE FROM tokens WHERE id = ?", arguments: [id])
            if db.changesCount == 0 { throw StoreError.notFound("token \(id)") }
        }
    }

    /// Uses the token up and registers the node, both in one transaction, so that two machines that show the same token
    /// at once can't both join.
    ///
    /// - Parameters:
    ///   - tokenHash: SHA-256 of what the machine showed, in hexadecimal.
    ///   - name: A valid name; `Names` is the caller's to ask.
    ///   - labels: The machine's own; those of the token win.
    ///   - role: What the machine expects to be; the token's role where absent.
    ///   - secretHash: SHA-256, in hexadecimal, of the secret that the node gets.
    /// - Throws: `StoreError.tokenRefused`, or `StoreError.exists` where a node of this name is registered; the token is
    ///   still good then.
    package func join(
        tokenHash: String,
        name: String,
        labels: [String: String] = [:],
        role: NodeRole? = nil,
        secretHash: String,
        at instant: Instant
    ) throws(StoreError) -> NodeRecord {
        try write { db in
            let row = try Row.fetchOne(db, sql: "SELECT * FROM tokens WHERE hash = ?", arguments: [tokenHash])
            guard let row else { throw StoreError.tokenRefused("it is unknown: it was removed, or is mistyped") }
            let token = try token(row)
            if let flaw = flaw(in: token, name: name, role: role, at: instant) { throw StoreError.tokenRefused(flaw) }
            let node = NodeRecord(
                name: name,
                role: token.role,
                labels: labels.merging(token.labels) { $1 },
                joined: instant
            )
            try register(node, secretHash: secretHash, in: db)
            try db.execute(
                sql: "UPDATE tokens SET usedBy = ?, usedAt = ? WHERE id = ?",
                arguments: [name, instant.milliseconds, token.id]
            )
            return node
        }
    }

    private func flaw(in token: TokenRecord, name: String, role: NodeRole?, at instant: Instant) -> String? {
        if let usedBy = token.usedBy { return "node \(usedBy) used it already; each token is good for one machine" }
        if instant > token.expires { return "it expired at \(token.expires.iso8601)" }
        if let only = token.node, only != name { return "it is for a node of another name" }
        if let role, role != token.role { return "it grants the role \(token.role.rawValue), not \(role.rawValue)" }
        return nil
    }

    private func token(_ row: Row) throws -> TokenRecord {
        var token = TokenRecord(
            id: row["id"],
            role: try row.word(NodeRole.self, "role"),
            labels: try row.document([String: String].self, "labels"),
            node: row["node"],
            created: row.instant("created"),
            expires: row.instant("expires")
        )
        token.usedBy = row["usedBy"]
        token.usedAt = row.optionalInstant("usedAt")
        return token
    }
}
