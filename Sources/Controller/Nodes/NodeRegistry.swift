import API
import Core
import Logging
import Store
import Synchronization

/// All registered nodes, with what their managers said last. Who a secret belongs to is decided here.
final class NodeRegistry: Sendable {
    /// What a node says of itself beside its tasks. Not stored: it comes again with the next report.
    struct Facts: Sendable {
        var lastSeen: Instant?
        var order: ReportOrder?
        var version: String?
        var host: HostFacts?
        var engineURL: String?
    }

    private struct State {
        var records: [String: NodeRecord]
        var facts: [String: Facts] = [:]
        /// Nodes by the hash of their secret, as far as they were asked for.
        var callers: [String: String] = [:]
        var unstored: [String: Instant] = [:]
        /// Boot ids of copies that were refused, by node.
        var clones: [String: Set<String>] = [:]
    }

    private let state: Mutex<State>
    private let site: ControllerSite

    init(_ site: ControllerSite) throws {
        self.site = site
        var state = State(records: [:])
        for record in try site.store.nodes() {
            state.records[record.name] = record
            state.facts[record.name] = Facts(lastSeen: record.lastSeen)
        }
        self.state = Mutex(state)
    }

    /// By name.
    var all: [NodeRecord] { state.withLock { $0.records.values.sorted { $0.name < $1.name } } }

    func record(_ name: String) throws -> NodeRecord {
        guard let record = state.withLock({ $0.records[name] }) else { throw RequestError.noNode(name) }
        return record
    }

    func facts(_ name: String) -> Facts { state.withLock { $0.facts[name] } ?? Facts() }

    func isOnline(_ name: String, at instant: Instant) -> Bool {
        // `lastSeen` from before our start says nothing of now; a report since then has an order.
        guard let facts = state.withLock({ $0.facts[name] }), facts.order != nil, let seen = facts.lastSeen else {
            return false
        }
        return instant.seconds(since: seen) <= site.options.lease
    }

    /// The node that proves itself with `secret`.
    func caller(secret: String) throws -> String? {
        let hash = Secrets.hash(secret)
        if let known = state.withLock({ $0.callers[hash] }) { return known }
        guard let record = try site.store.node(bySecretHash: hash) else { return nil }
        return state.withLock { state in
            guard state.records[record.name] != nil else { return nil }
            state.callers[hash] = record.name
            return record.name
        }
    }

    func join(_ request: JoinRequest) throws -> JoinAnswer {
        var mistakes: [String] = []
        if !Names.isValid(request.name) {
            mistakes.append("name: found \"\(request.name.prefix(80))\", allowed is \(Names.rule)")
        }
        mistakes += LabelValidation.mistakes(request.labels)
        guard mistakes.isEmpty else { throw RequestError.invalid("the request to join", mistakes) }
        let secret = Secrets.random(prefix: "fn_")
        let record: NodeRecord
        do {
            record = try site.store.join(
                tokenHash: Secrets.hash(request.token),
                name: request.name,
                labels: request.labels,
                role: request.role,
                secretHash: Secrets.hash(secret),
                at: site.now()
            )
        } catch {
            throw refusal(of: request, error)
        }
        state.withLock { state in
            state.records[record.name] = record
            state.facts[record.name] = Facts()
        }
        site.logger.info("node joined", metadata: ["node": "\(record.name)", "role": "\(record.role.rawValue)"])
        return JoinAnswer(node: record.name, role: record.role, labels: record.labels, secret: secret)
    }

    private func missing(_ name: String, _ error: StoreError) -> any Error {
        if case .notFound = error { RequestError.noNode(name) } else { error }
    }

    private func refusal(of request: JoinRequest, _ error: StoreError) -> any Error {
        switch error {
        case .tokenRefused(let why):
            Problem(
                status: 403,
                title: "the join token is refused: \(why)",
                detail: "fedops token create makes a new one"
            )
        case .exists:
            RequestError.conflict(
                "a node \"\(request.name)\" is registered already",
                "join under another --name, or remove that node first: fedops node rm \(request.name)"
            )
        default: error
        }
    }

    func setDraining(_ name: String, _ draining: Bool) throws -> NodeRecord {
        do {
            let record = try site.store.setDraining(name, draining)
            state.withLock { $0.records[name] = record }
            return record
        } catch {
            throw missing(name, error)
        }
    }

    func remove(_ name: String) throws {
        do {
            try site.store.removeNode(name)
        } catch {
            throw missing(name, error)
        }
        state.withLock { state in
            state.records[name] = nil
            state.facts[name] = nil
            state.unstored[name] = nil
            state.clones[name] = nil
            state.callers = state.callers.filter { $0.value != name }
        }
        site.logger.info("node removed", metadata: ["node": "\(name)"])
    }

    enum Standing {
        case news, overtaken
        case cloned(ReportOrder)
        case rewound(ReportOrder)
    }

    /// Says where a report stands among those of its node, and takes its facts where it is news.
    func note(_ report: NodeReport, at instant: Instant) -> Standing {
        state.withLock { state in
            guard state.records[report.node] != nil else { return .overtaken }
            var facts = state.facts[report.node] ?? Facts()
            if let last = facts.order {
                if report.order.boot == last.boot, report.order.bootID != last.bootID { return .cloned(last) }
                if report.order.boot < last.boot { return .rewound(last) }
                if report.order < last { return .overtaken }
            }
            facts.order = report.order
            facts.lastSeen = instant
            facts.version = report.version
            facts.host = report.host
            facts.engineURL = report.engineURL
            state.facts[report.node] = facts
            state.unstored[report.node] = instant
            return .news
        }
    }

    /// A clone reports again and again; its node's history needs it once.
    func isFirstSight(ofClone bootID: String, of node: String) -> Bool {
        state.withLock { state in
            guard state.clones[node, default: []].count < 100 else { return false }
            return state.clones[node, default: []].insert(bootID).inserted
        }
    }

    /// Stores when nodes were last heard, for people to read after a restart.
    func store() throws {
        let seen = state.withLock { state in
            defer { state.unstored = [:] }
            return state.unstored
        }
        if !seen.isEmpty { try site.store.noteSeen(seen) }
    }
}
