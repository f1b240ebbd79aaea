package import Core
import GRDB

/// A registered node.
package struct NodeRecord: Codable, Sendable, Equatable {
    package var name: String
    package var role: NodeRole
    package var labels: [String: String]
    package var draining: Bool
    package var joined: Instant
    /// As of the last `noteSeen`; reports themselves aren't stored.
    package var lastSeen: Instant?

    package init(
        name: String,
        role: NodeRole,
        labels: [String: String] = [:],
        draining: Bool = false,
        joined: Instant,
        lastSeen: Instant? = nil
    ) {
        self.name = name
        self.role = role
        self.labels = labels
        self.draining = draining
        self.joined = joined
        self.lastSeen = lastSeen
    }

    /// The node as a task sees it that it has said nothing to yet.
    package var member: Member { Member(node: name, role: role, labels: labels, draining: draining) }
}

extension Store {
    /// Registers a node that needs no join token.
    ///
    /// - Parameter secretHash: SHA-256, in hexadecimal, of what the node will prove itself with.
    package func addNode(_ node: NodeRecord, secretHash: String) throws(StoreError) {
        try write { try register(node, secretHash: secretHash, in: $0) }
    }

    func register(_ node: NodeRecord, secretHash: String, in db: Database) throws {
        let name = node.name
        if try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM nodes WHERE name = ?)", arguments: [name]) == true {
            throw StoreError.exists("node \(name)")
        }
        try db.execute(
            sql: """
                INSERT INTO nodes (name, role, labels, draining, joined, secretHash, lastSeen)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                name, node.role.rawValue, try Document.encode(node.labels), node.draining, node.joined.milliseconds,
                secretHash, node.lastSeen?.milliseconds,
            ]
        )
    }

    /// All nodes by name.
    package func nodes() throws(StoreError) -> [NodeRecord] {
        try read { try Row.fetchAll($0, sql: "SELECT * FROM nodes ORDER BY name").map(node) }
    }

    package func node(_ name: String) throws(StoreError) -> NodeRecord? {
        try read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM nodes WHERE name = ?", arguments: [name]).map(node)
        }
    }

    /// Who proves itself with the secret of this hash.
    package func node(bySecretHash hash: String) throws(StoreError) -> NodeRecord? {
        try read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM nodes WHERE secretHash = ?", arguments: [hash]).map(node)
        }
    }

    /// Forgets the node; its secret is worth nothing from now on.
    package func removeNode(_ name: String) throws(StoreError) {
        try write { db in
            try db.execute(sql: "DELETE FROM nodes WHERE name = ?", arguments: [name])
            if db.changesCount == 0 { throw StoreError.notFound("node \(name)") }
        }
    }

    /// Returns the node as it is now.
    package func setDraining(_ name: String, _ draining: Bool) throws(StoreError) -> NodeRecord {
        try write { db in
            let row = try Row.fetchOne(
                db,
                sql: "UPDATE nodes SET draining = ? WHERE name = ? RETURNING *",
                arguments: [draining, name]
            )
            guard let row else { throw StoreError.notFound("node \(name)") }
            return try node(row)
        }
    }

    /// Writes down when nodes were last heard, for operators to read after a restart; nothing decides by it. Meant for
    /// now and then, not for every heartbeat. Nodes that aren't registered are passed over.
    package func noteSeen(_ nodes: [String: Instant]) throws(StoreError) {
        try write { db in
            for (name, instant) in nodes {
                try db.execute(
                    sql: "UPDATE nodes SET lastSeen = ? WHERE name = ?",
                    arguments: [instant.milliseconds, name]
                )
            }
        }
    }

    func node(_ row: Row) throws -> NodeRecord {
        NodeRecord(
            name: row["name"],
            role: try row.word(NodeRole.self, "role"),
            labels: try row.document([String: String].self, "labels"),
            draining: row["draining"],
            joined: row.instant("joined"),
            lastSeen: row.optionalInstant("lastSeen")
        )
    }
}
