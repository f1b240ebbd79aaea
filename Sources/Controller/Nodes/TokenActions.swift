import API
import Core
import Store

/// Makes and lists the one-time tokens that machines join with.
struct TokenActions: Sendable {
    var site: ControllerSite

    func create(_ request: TokenRequest) throws -> TokenView {
        var mistakes = LabelValidation.mistakes(request.labels)
        if !(1...31_536_000).contains(request.ttl) {
            mistakes.append("ttl: found \(request.ttl), allowed is 1 second to 365 days")
        }
        if let node = request.node, !Names.isValid(node) {
            mistakes.append("node: found \"\(node.prefix(80))\", allowed is \(Names.rule)")
        }
        guard mistakes.isEmpty else { throw RequestError.invalid("the token", mistakes) }
        let instant = site.now()
        let token = Secrets.random(prefix: "fj_")
        // Enough of the hash to name the token by, and of no use to who sees it.
        let hash = Secrets.hash(token)
        let record = TokenRecord(
            id: String(hash.prefix(12)),
            role: request.role,
            labels: request.labels,
            node: request.node,
            created: instant,
            expires: instant + request.ttl
        )
        try site.store.addToken(record, hash: hash)
        var view = view(record)
        view.token = token
        return view
    }

    func list() throws -> [TokenView] { try site.store.tokens().map(view) }

    private func view(_ record: TokenRecord) -> TokenView {
        TokenView(
            id: record.id,
            role: record.role,
            labels: record.labels,
            node: record.node,
            created: record.created,
            expires: record.expires,
            usedBy: record.usedBy
        )
    }
}
