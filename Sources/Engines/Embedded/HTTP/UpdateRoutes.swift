import Aggregation
import Artifacts
import Core
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Tensors

/// Uploads: the first global model, and updates.
struct UpdateRoutes: Sendable {
    let engine: EmbeddedEngine

    func add(to group: RouterGroup<EngineRequestContext>) {
        group.put("base") { request, context in try await first(request, context) }
        group.put("update") { request, context in try await update(request, context) }
    }

    // MARK: - The first global model

    private func first(_ request: Request, _ context: EngineRequestContext) async throws -> Response {
        let (desk, node) = try await engine.admit(request, context)
        guard node == desk.ticket.initializer else {
            throw EngineProblem(403, .refused, "node \(node) was not asked to make the first global model")
        }
        guard let sha256 = request.header(EngineHeaders.sha256).flatMap({ ContentDigest($0) }) else {
            throw EngineProblem.malformed("the header \(EngineHeaders.sha256) is missing or not a SHA-256")
        }
        if let known = try desk.base()?.get() {
            guard known.content.digest == sha256 else {
                throw EngineProblem(409, .refused, "the round has another first global model already")
            }
            return try answer(known, repeated: true)
        }
        let spool = UploadSpool(place: engine.folder.partial(), limit: engine.configuration.maximumModelBytes)
        let file = try await spool.receive(request.body, length: request.contentLength, expecting: sha256) {
            () throws(EngineProblem) in
            _ = try desk.base()?.get()
        }
        defer { try? FileManager.default.removeItem(at: file.url) }
        try await initialise(desk, with: file, of: node)
        return try answer(file, repeated: false)
    }

    /// Makes a file the round's first global model.
    func initialise(_ desk: RoundDesk, with file: ModelFile, of node: String) async throws {
        do {
            try await Blocking.run {
                try RoundSum.checkFirst(file.url, desk.strategy)
                // Another name of the same file: the upload's own is removed whatever happens next.
                try? FileManager.default.removeItem(at: desk.folder.base)
                try FileManager.default.linkItem(at: file.url, to: desk.folder.base)
                let base = ModelFile(url: desk.folder.base, content: file.content)
                try desk.initialise(base, try RoundSum(base: base.url, desk.strategy))
            }
        } catch let problem as EngineProblem {
            throw problem
        } catch {
            let problem = EngineProblem(422, .invalid, "the first global model of node \(node) is refused: \(error)")
            try? desk.lose(node, why: problem.title)
            throw problem
        }
    }

    // MARK: - Updates

    private func update(_ request: Request, _ context: EngineRequestContext) async throws -> Response {
        let (desk, node) = try await engine.admit(request, context)
        let head = try UpdateHead { request.header($0) }
        let offer = RoundIntake.Offer(
            node: node,
            epoch: desk.ticket.epoch,
            commit: head.commit,
            digest: head.artifact
        )
        if try desk.screen(offer, head.sha256, at: engine.now()) {
            return try answer(head.sha256, request.contentLength ?? 0, repeated: true)
        }
        let spool = UploadSpool(place: engine.folder.partial(), limit: try limit(of: desk))
        let file: ModelFile
        do {
            file = try await spool.receive(request.body, length: request.contentLength, expecting: head.sha256) {
                () throws(EngineProblem) in
                try desk.check(offer, at: engine.now())
            }
        } catch let problem as EngineProblem where problem.code == .tooLarge {
            let refusal = EngineProblem(
                413,
                .tooLarge,
                "the update of node \(node) is refused: \(problem.title), as the model has its size"
            )
            try? desk.lose(node, why: refusal.title)
            throw refusal
        }
        defer { try? FileManager.default.removeItem(at: file.url) }
        try desk.arrive(offer, at: engine.now())
        try await add(file, of: offer, head, to: desk)
        return try answer(file, repeated: false)
    }

    /// Adds an update to the round's sum when its turn comes, and counts it.
    func add(_ file: ModelFile, of offer: RoundIntake.Offer, _ head: UpdateHead, to desk: RoundDesk)
        async throws
    {
        try await desk.turn.run {
            try await engine.inFlight.run {
                let sum = try desk.beginAdding(offer)
                let numbers = UpdateNumbers(node: offer.node, examples: head.examples, steps: head.steps)
                let outcome: Result<Contribution, EngineProblem>
                do {
                    try desk.confirm()
                    try await Blocking.run {
                        // Before the sum, so that what is in the sum is also kept.
                        if desk.keepsUpdates { try desk.folder.keepUpdate(file.url, of: offer.node) }
                        try sum.add(file.url, numbers)
                    }
                    outcome = .success(
                        Contribution(
                            node: offer.node,
                            commit: offer.commit,
                            examples: head.examples,
                            update: file.content.digest,
                            seconds: head.seconds,
                            metrics: head.metrics
                        )
                    )
                } catch let refusal as TicketRefusal {
                    // This node itself has moved on: no round of the ticket can go on here.
                    desk.fail("server node \(desk.ticket.server): \(refusal)")
                    outcome = .failure(.closed("\(refusal)"))
                } catch {
                    outcome = .failure(
                        EngineProblem(422, .invalid, "the update of node \(offer.node) is refused: \(error)")
                    )
                }
                try desk.endAdding(offer.node, outcome)
                if case .failure(let problem) = outcome { throw problem }
            }
        }
        engine.logger.info(
            "update counted",
            metadata: [
                "task": "\(desk.ticket.task)", "round": "\(desk.ticket.round)", "node": "\(offer.node)",
                "commit": "\(offer.commit.short)", "examples": "\(head.examples)",
            ]
        )
    }

    private func limit(of desk: RoundDesk) throws -> Int {
        guard let base = try desk.base()?.get(), let sum = desk.sum else {
            throw EngineProblem(409, .unavailable, "the round has no model to train from yet")
        }
        let margin =
            Double(max(base.content.bytes, sum.updateBytes)) * engine.configuration.updateMargin + Double(64 << 10)
        return min(Int(margin), engine.configuration.maximumModelBytes)
    }

    private func answer(_ file: ModelFile, repeated: Bool) throws -> Response {
        try answer(file.content.digest, file.content.bytes, repeated: repeated)
    }

    private func answer(_ digest: ContentDigest, _ bytes: Int, repeated: Bool) throws -> Response {
        try Response.json(UploadAnswer(sha256: digest, bytes: bytes, repeated: repeated))
    }
}
