package import Core

/// Body of `POST /v1/join`: a new machine shows its one-time token.
package struct JoinRequest: Codable, Sendable {
    package var token: String
    package var name: String
    /// Labels that the machine gives itself; those of the token win.
    package var labels: [String: String]
    /// The role that the machine expects; refused where the token grants another.
    package var role: NodeRole?

    package init(token: String, name: String, labels: [String: String] = [:], role: NodeRole? = nil) {
        self.token = token
        self.name = name
        self.labels = labels
        self.role = role
    }
}

package struct JoinAnswer: Codable, Sendable {
    package var node: String
    package var role: NodeRole
    package var labels: [String: String]
    /// What the node proves itself with from now on; the controller keeps only its hash.
    package var secret: String

    package init(node: String, role: NodeRole, labels: [String: String], secret: String) {
        self.node = node
        self.role = role
        self.labels = labels
        self.secret = secret
    }
}

/// Body of `POST /v1/tokens`.
package struct TokenRequest: Codable, Sendable {
    package var role: NodeRole
    package var labels: [String: String]
    /// Seconds until it expires.
    package var ttl: Double
    /// The only node name that may use it; any where absent.
    package var node: String?

    package init(role: NodeRole, labels: [String: String] = [:], ttl: Double = 3600, node: String? = nil) {
        self.role = role
        self.labels = labels
        self.ttl = ttl
        self.node = node
    }
}

package struct TokenView: Codable, Sendable, Equatable {
    package var id: String
    package var role: NodeRole
    package var labels: [String: String]
    package var node: String?
    package var created: Instant
    package var expires: Instant
    /// The node that used it.
    package var usedBy: String?
    /// The token itself; only in the answer that creates it.
    package var token: String?

    package init(
        id: String,
        role: NodeRole,
        labels: [String: String],
        node: String?,
        created: Instant,
        expires: Instant,
        usedBy: String? = nil,
        token: String? = nil
    ) {
        self.id = id
        self.role = role
        self.labels = labels
        self.node = node
        self.created = created
        self.expires = expires
        self.usedBy = usedBy
        self.token = token
    }
}

extension JoinRequest {
    /// Labels may be left out.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            token: try container.decode(String.self, forKey: .token),
            name: try container.decode(String.self, forKey: .name),
            labels: try container.decodeIfPresent([String: String].self, forKey: .labels) ?? [:],
            role: try container.decodeIfPresent(NodeRole.self, forKey: .role)
        )
    }
}

extension TokenRequest {
    /// Everything but the role may be left out.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            role: try container.decode(NodeRole.self, forKey: .role),
            labels: try container.decodeIfPresent([String: String].self, forKey: .labels) ?? [:],
            ttl: try container.decodeIfPresent(Double.self, forKey: .ttl) ?? 3600,
            node: try container.decodeIfPresent(String.self, forKey: .node)
        )
    }
}
