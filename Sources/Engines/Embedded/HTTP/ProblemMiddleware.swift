import Core
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Turns what a handler throws into an `EngineProblem`.
///
/// Where a body may be left unread the connection ends with the answer: a client that is refused before it has sent all
/// isn't made to send the rest. `ConnectionGuard` closes it.
struct ProblemMiddleware: RouterMiddleware {
    let logger: Logger

    func handle(
        _ request: Request,
        context: EngineRequestContext,
        next: (Request, EngineRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let problem = problem(of: error)
            logger.debug(
                "request refused",
                metadata: ["path": "\(request.uri.path)", "status": "\(problem.status)", "reason": "\(problem.title)"]
            )
            var response = try Response.json(
                problem,
                status: HTTPResponse.Status(code: problem.status),
                type: "application/problem+json"
            )
            if problem.status == 401 { response.headers[.wwwAuthenticate] = "Bearer" }
            if request.hasBody { response.headers[.connection] = "close" }
            return response
        }
    }

    private func problem(of error: any Error) -> EngineProblem {
        switch error {
        case let problem as EngineProblem: return problem
        case let error as HTTPError where error.status.code == 404:
            return EngineProblem(404, .missing, "there is nothing of this path here")
        case let error as HTTPError: return EngineProblem(error.status.code, .invalid, "\(error)")
        case is NIOTooManyBytesError: return EngineProblem(413, .tooLarge, "the body is too large")
        case is CancellationError, is ChannelError, is IOError:
            return EngineProblem(503, .unavailable, "the engine is being stopped, or the connection was lost")
        default:
            logger.error("request failed", metadata: ["error": "\(error)"])
            return EngineProblem(500, .unavailable, "the engine could not do it; its log says why")
        }
    }
}
