import API
import HTTPTypes
import Hummingbird

/// Finds out who calls, and whether they may.
struct Authenticator: Sendable {
    let operatorHash: String
    let nodes: NodeRegistry

    init(operatorToken: String, nodes: NodeRegistry) {
        operatorHash = Secrets.hash(operatorToken)
        self.nodes = nodes
    }

    /// - Parameter node: The node that the path names.
    func caller(of request: Request, for access: Route.Access, node: String?) throws -> Caller {
        if let version = request.headers[.fedOpsProtocol] { try check(version) }
        if access == .anyone { return .anyone }
        guard let header = request.headers[.authorization] else { throw unauthenticated("no bearer is given") }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw unauthenticated("the header Authorization holds no bearer")
        }
        let caller = try identify(String(parts[1]))
        switch (access, caller) {
        case (.operator, .operator), (.nodeOrOperator, _): return caller
        case (.node, .node(let name)) where node == nil || node == name: return caller
        case (.node, .node(let name)):
            throw Problem(
                status: 403,
                title: "node \(name) may speak for itself only",
                detail: "the request is about node \"\(node ?? "")\""
            )
        case (.node, _): throw Problem(status: 403, title: "only the node itself may do this")
        default: throw Problem(status: 403, title: "only an operator may do this")
        }
    }

    private func identify(_ secret: String) throws -> Caller {
        if Secrets.equal(Secrets.hash(secret), operatorHash) { return .operator }
        if let node = try nodes.caller(secret: secret) { return .node(node) }
        throw unauthenticated("the bearer is unknown")
    }

    private func unauthenticated(_ why: String) -> Problem {
        Problem(
            status: 401,
            title: why,
            detail: "operators use the token in <data>/operator.token, nodes the secret that they got when they joined"
        )
    }

    private func check(_ version: String) throws {
        guard version != String(ProtocolVersion.current) else { return }
        let newer = Int(version).map { $0 > ProtocolVersion.current } ?? false
        throw Problem(
            status: 400,
            title: "protocol version \"\(version.prefix(20))\" is not spoken here, only \(ProtocolVersion.current)",
            detail: newer ? "update the controller first, then nodes and the CLI" : "update fedops on this machine"
        )
    }
}

extension HTTPField.Name {
    static let fedOpsProtocol: Self = {
        guard let name = HTTPField.Name(ProtocolVersion.header) else {
            preconditionFailure("the protocol's header is no header name")
        }
        return name
    }()
    static let lastEventID: Self = {
        guard let name = HTTPField.Name("Last-Event-ID") else {
            preconditionFailure("Last-Event-ID is a header name")
        }
        return name
    }()
}
