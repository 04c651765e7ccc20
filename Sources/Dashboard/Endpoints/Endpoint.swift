/// One operation of the API: what it is asked with, and what answers.
///
/// The table of endpoints is what the router, the checks of parameters, the OpenAPI document and the list of methods in
/// a 405 are made from, so that none of them can say something else.
struct Endpoint: Sendable {
    enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
    }

    /// What a request's body is for.
    enum Body: Sendable, Equatable {
        /// Not read.
        case none
        /// One JSON object.
        case object
        /// One JSON array.
        case list
    }

    let method: Method
    /// Such as `/api/v1/bots/{bot_id}`, without a slash at the end. A request may have one.
    let path: String
    /// A sentence for the OpenAPI document, in our own words.
    let summary: String
    let parameters: [EndpointParameter]
    let body: Body
    let respond: @Sendable (EndpointCall) async throws -> Answer

    init(
        _ method: Method, _ path: String, _ summary: String, _ parameters: [EndpointParameter] = [],
        body: Body = .none, respond: @escaping @Sendable (EndpointCall) async throws -> Answer
    ) {
        self.method = method
        self.path = path
        self.summary = summary
        self.parameters = parameters
        self.body = body
        self.respond = respond
    }
}
