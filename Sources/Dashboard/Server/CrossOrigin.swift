import HTTPTypes

/// Which pages of other origins a browser lets read the answers: the front ends of the existing dashboard (CORS).
struct CrossOrigin: Sendable {
    let requestGuard: RequestGuard

    /// Whether this is a browser's question before a request.
    static func isPreflight(_ request: HTTPRequest) -> Bool {
        request.method == .options && request.headerFields[.origin] != nil
            && request.headerFields[.accessControlRequestMethod] != nil
    }

    /// The answer to such a question.
    func preflight(_ request: HTTPRequest) -> (answer: Answer, headers: HTTPFields) {
        guard let origin = request.headerFields[.origin], requestGuard.allows(origin: origin) else {
            return (.text("Disallowed CORS origin", status: 400), [.vary: "Origin"])
        }
        var headers = self.headers(request)
        headers[.accessControlAllowMethods] = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
        headers[.accessControlMaxAge] = "600"
        if let asked = request.headerFields[.accessControlRequestHeaders] {
            headers[.accessControlAllowHeaders] = asked
        }
        return (.text("OK"), headers)
    }

    /// What an answer carries, so that the page may read it; nothing for other origins and for programs.
    func headers(_ request: HTTPRequest) -> HTTPFields {
        guard let origin = request.headerFields[.origin], requestGuard.allows(origin: origin) else { return [:] }
        return [.accessControlAllowOrigin: origin, .accessControlAllowCredentials: "true", .vary: "Origin"]
    }
}
