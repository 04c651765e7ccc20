/// One thing that is wrong with a request, in the shape of the application that the dashboard was made for.
public struct ValidationIssueDocument: Encodable, Sendable {
    let type: String
    let location: [RawJSON]
    let message: String
    let input: RawJSON
    let context: OrderedFields<RawJSON>?
    let url: String

    /// - Parameters:
    ///   - type: a word of the validation library, such as `int_parsing`.
    ///   - location: names and indices, from `body`, `path` or `query` on.
    ///   - input: what was given there.
    public init(
        type: String, location: [RawJSON], message: String, input: RawJSON, context: OrderedFields<RawJSON>?
    ) {
        self.type = type
        self.location = location
        self.message = message
        self.input = input
        self.context = context
        url = "https://errors.pydantic.dev/2.5/v/\(type)"
    }

    enum CodingKeys: String, CodingKey {
        case type
        case location = "loc"
        case message = "msg"
        case input
        case context = "ctx"
        case url
    }
}

/// The body of an error: a sentence, or what is wrong with the request.
public struct ErrorDetailDocument<Detail: Encodable & Sendable>: Encodable, Sendable {
    let detail: Detail

    /// - Parameter detail: a sentence, or an array of `ValidationIssueDocument`.
    public init(_ detail: Detail) { self.detail = detail }
}
