import Core
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// What clients ask and say of a round, but for its uploads.
struct RoundRoutes: Sendable {
    private static let maximumReport = 256 << 10

    let engine: EmbeddedEngine

    func add(to group: RouterGroup<EngineRequestContext>) {
        group.get("status") { request, context in
            try Response.json(await engine.admit(request, context).desk.status)
        }
        group.get("base") { request, context in
            let (desk, _) = try await engine.admit(request, context)
            return try await model(request, desk) { desk.base() }
        }
        group.get("control") { request, context in
            let (desk, _) = try await engine.admit(request, context)
            return try await model(request, desk) { desk.control() }
        }
        group.get("candidate") { request, context in
            let (desk, node) = try await engine.admit(request, context)
            return try await model(request, desk) { desk.candidate(for: node) }
        }
        group.get("training") { request, context in
            let (desk, node) = try await engine.admit(request, context)
            let seconds = engine.configuration.poll
            let problem = await cancelWhenGracefulShutdown {
                await desk.changes.wait(upTo: seconds) { desk.unwanted(node) }
            }
            if let problem { throw problem }
            return Response(status: .noContent)
        }
        group.put("evaluation") { request, context in try await evaluation(request, context) }
        group.put("lost") { request, context in try await lost(request, context) }
    }

    /// The model as soon as it is there; 204 where it isn't yet.
    private func model(
        _ request: Request,
        _ desk: RoundDesk,
        _ find: @escaping @Sendable () -> Result<ModelFile, EngineProblem>?
    ) async throws -> Response {
        let seconds = engine.configuration.poll
        let found = await cancelWhenGracefulShutdown { await desk.changes.wait(upTo: seconds, for: find) }
        guard let found else { return Response(status: .noContent) }
        return try FileResponse(file: try found.get()).answer(to: request)
    }

    private func evaluation(_ request: Request, _ context: EngineRequestContext) async throws -> Response {
        let (desk, node) = try await engine.admit(request, context)
        let report = try await read(EvaluationReport.self, of: request)
        guard report.examples >= 0, report.examples <= UpdateHead.maximumExamples, Metrics.areValid(report.metrics)
        else {
            throw EngineProblem(422, .invalid, "the evaluation of node \(node) has impossible numbers")
        }
        let offer = RoundIntake.Offer(
            node: node,
            epoch: desk.ticket.epoch,
            commit: report.commit,
            digest: report.digest
        )
        try desk.evaluate(offer, RoundIntake.Evaluation(examples: report.examples, metrics: report.metrics))
        return Response(status: .noContent)
    }

    private func lost(_ request: Request, _ context: EngineRequestContext) async throws -> Response {
        let (desk, node) = try await engine.admit(request, context)
        let report = try await read(LossReport.self, of: request)
        try desk.lose(node, why: report.line)
        engine.logger.warning(
            "client lost",
            metadata: [
                "task": "\(desk.ticket.task)", "epoch": "\(desk.ticket.epoch)", "node": "\(node)",
                "reason": "\(report.line)",
            ]
        )
        return Response(status: .noContent)
    }

    private func read<Value: Decodable>(_ type: Value.Type, of request: Request) async throws -> Value {
        let body = try await request.body.collect(upTo: Self.maximumReport)
        do {
            return try JSONDecoder().decode(type, from: Data(body.readableBytesView))
        } catch {
            throw EngineProblem.malformed("the body can't be read as JSON of this request: \(error)")
        }
    }
}
