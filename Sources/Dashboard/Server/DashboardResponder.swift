import HTTPTypes
import Hummingbird
import JobQueue
import Ledger
import Logging
import NIOCore

/// Answers every request: who may ask, which endpoint, with which parameters; and what a failure looks like.
struct DashboardResponder: HTTPResponder {
    let router: EndpointRouter
    let requestGuard: RequestGuard
    let crossOrigin: CrossOrigin
    let shared = SharedAnswers()
    let counts: RequestCounts
    /// Nil while no front end is served.
    let frontEnd: FrontEnd?
    /// Nil while nothing is passed on.
    let fallback: Fallback?
    let logger: Logger

    init(
        router: EndpointRouter, requestGuard: RequestGuard, counts: RequestCounts, frontEnd: FrontEnd?,
        fallback: Fallback?, logger: Logger
    ) {
        self.router = router
        self.requestGuard = requestGuard
        crossOrigin = CrossOrigin(requestGuard: requestGuard)
        self.counts = counts
        self.frontEnd = frontEnd
        self.fallback = fallback
        self.logger = logger
    }

    func respond(to request: Request, context: CallContext) async throws -> Response {
        let started = ContinuousClock.now
        var headers = HTTPFields()
        var route = "none"
        let answer: Answer
        do {
            try requestGuard.check(request.head, isLoopback: context.isLoopback)
            if CrossOrigin.isPreflight(request.head) {
                let (answer, headers) = crossOrigin.preflight(request.head)
                return response(answer, headers, to: request)
            }
            headers = crossOrigin.headers(request.head)
            guard RequestBodyReader.isWithinBounds(request.head) else {
                throw DashboardError.tooLarge("The body is larger than 1 MiB.")
            }
            if let page = try await page(request, context) { return page }
            do {
                let match = try router.match(request.method.rawValue, request.uri.path)
                route = match.endpoint.path
                answer = try await self.answer(match, request)
            } catch let error as DashboardError {
                guard let fallback, error.isOfNoRoute, request.uri.path.hasPrefix("/api/") else { throw error }
                answer = try await fallback.answer(request)
            }
        } catch let error as DashboardError {
            if case .methodNotAllowed(let allowed) = error { headers[.allow] = allowed.joined(separator: ", ") }
            if case .tooLarge = error { headers[.connection] = "close" }
            answer = error.answer
        } catch {
            answer = failure(error, request)
        }
        counts.count(
            route: route, method: request.method.rawValue, status: answer.status,
            seconds: started.duration(to: .now) / .seconds(1))
        return response(answer, headers, to: request)
    }

    private func answer(_ match: EndpointRouter.Match, _ request: Request) async throws -> Answer {
        let endpoint = match.endpoint
        let values = try EndpointCaller.values(of: match, request.uri.query ?? "")
        guard endpoint.method == .get else {
            let call = try await RequestBodyReader.call(endpoint, request, values)
            do {
                let answer = try await endpoint.respond(call)
                await shared.forget()
                return answer
            } catch {
                // A part of it may have been done.
                await shared.forget()
                throw error
            }
        }
        return try await shared.answer(request.uri.path + "?" + (request.uri.query ?? "")) {
            try await endpoint.respond(EndpointCall(values: values))
        }
    }

    /// A file of the front end, where no endpoint has the path. At `/` the front end stands before the welcome.
    private func page(_ request: Request, _ context: CallContext) async throws -> Response? {
        guard let frontEnd, [.get, .head].contains(request.method) else { return nil }
        if request.uri.path != "/" {
            do throws(DashboardError) {
                _ = try router.match("GET", request.uri.path)
                return nil
            } catch {
                guard error.status == 404 else { return nil }
            }
        }
        return try await frontEnd.response(request, context)
    }

    /// What cannot be answered because something that it needs is away. The reason is logged; the answer names no path
    /// and no address.
    private func failure(_ error: any Error, _ request: Request) -> Answer {
        logger.error(
            "a request could not be answered: \(error)",
            metadata: ["method": "\(request.method.rawValue)", "path": "\(request.uri.path.prefix(200))"])
        return switch error {
        case is LedgerError: DashboardError.unavailable("The database cannot be read now. Try again.").answer
        case is CancellationError: DashboardError.unavailable("The server is stopping.").answer
        default: DashboardError.unavailable("Something that the answer needs cannot be reached. Try again.").answer
        }
    }

    private func response(_ answer: Answer, _ extra: HTTPFields, to request: Request) -> Response {
        var headers = extra
        headers[.contentType] = answer.contentType
        headers[.xContentTypeOptions] = "nosniff"
        guard request.method == .get, answer.status == 200 else {
            let body =
                request.method == .head ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
            if request.method == .head { headers[.contentLength] = "\(answer.body.count)" }
            return Response(status: .init(code: answer.status), headers: headers, body: body)
        }
        let tag = answer.tag ?? EntityTag.of(answer.body)
        headers[.eTag] = tag
        headers[.cacheControl] = "no-cache"
        guard !EntityTag.matches(request.headers[.ifNoneMatch], tag) else {
            headers[.contentType] = nil
            return Response(status: .notModified, headers: headers)
        }
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}
