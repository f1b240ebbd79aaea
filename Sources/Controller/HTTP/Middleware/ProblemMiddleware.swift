import API
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Store
import Synchronization

/// Turns whatever a route throws into `application/problem+json`, and gives nothing of our insides away.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = ControllerContext

    let metrics: Metrics

    func handle(
        _ request: Request,
        context: ControllerContext,
        next: (Request, ControllerContext) async throws -> Response
    ) async throws -> Response {
        do {
            let response = try await next(request, context)
            metrics.requestsOK.add(1, ordering: .relaxed)
            return response
        } catch {
            let problem = problem(error, request, context)
            if problem.status < 500 {
                metrics.requestsRefused.add(1, ordering: .relaxed)
            } else {
                metrics.requestsFailed.add(1, ordering: .relaxed)
            }
            return try JSONAnswer.response(problem, path: request.uri.path)
        }
    }

    private func problem(_ error: any Error, _ request: Request, _ context: ControllerContext) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as HTTPError where error.status == .notFound: return unknown(request)
        case let error as HTTPError:
            return Problem(status: error.status.code, title: error.body ?? error.status.reasonPhrase)
        case is NIOTooManyBytesError: return RequestBodyReader.tooLarge
        case StoreError.notFound(let what): return Problem(status: 404, title: "there is no \(what)")
        case StoreError.exists(let what): return RequestError.conflict("\(what) exists already")
        case StoreError.diskFull:
            return Problem(
                status: 503,
                title: "the controller's disk is full",
                detail: "nothing was lost; make room on it, then try again"
            )
        case is CancellationError: return Problem(status: 503, title: "the controller is stopping; try again soon")
        default:
            context.logger.error(
                "request failed",
                metadata: ["path": "\(request.uri.path)", "error": "\(error)"]
            )
            return Problem(
                status: 500,
                title: "the controller failed at this request",
                detail: "its log says more, at request \(context.id)"
            )
        }
    }

    private func unknown(_ request: Request) -> Problem {
        let methods = RoutePattern.methods(at: request.uri.path)
        guard !methods.isEmpty else {
            return Problem(
                status: 404,
                title: "there is nothing at \(request.uri.path.prefix(200))",
                detail: "GET \(Route.openAPI.path) lists what there is"
            )
        }
        return Problem(
            status: 405,
            title: "\(request.method.rawValue.prefix(20)) is not possible at \(request.uri.path.prefix(200))",
            detail: "possible: \(methods.joined(separator: ", "))"
        )
    }
}
