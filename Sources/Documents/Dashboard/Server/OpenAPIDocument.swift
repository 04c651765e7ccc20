/// The description of the API as OpenAPI 3.1.
public struct OpenAPIDocument: Encodable, Sendable {
    /// One operation.
    public struct Operation: Sendable {
        let method, path, summary: String
        let parameters: [Parameter]
        let body: String?

        /// - Parameters:
        ///   - method: in small letters.
        ///   - path: with its parameters in braces.
        ///   - body: JSON Schema's word for the body's type; nil for none.
        public init(method: String, path: String, summary: String, parameters: [Parameter], body: String?) {
            self.method = method
            self.path = path
            self.summary = summary
            self.parameters = parameters
            self.body = body
        }
    }

    /// One parameter of an operation.
    public struct Parameter: Encodable, Sendable {
        let name, place: String
        let isRequired: Bool
        let schema: Schema

        struct Schema: Encodable, Sendable {
            let type: String
            let minimum, maximum: Double?
        }

        /// - Parameters:
        ///   - place: `path` or `query`.
        ///   - type: JSON Schema's word.
        public init(name: String, place: String, isRequired: Bool, type: String, least: Double?, most: Double?) {
            self.name = name
            self.place = place
            self.isRequired = isRequired
            schema = Schema(type: type, minimum: least, maximum: most)
        }

        enum CodingKeys: String, CodingKey {
            case name
            case place = "in"
            case isRequired = "required"
            case schema
        }
    }

    let openapi = "3.1.0"
    let info = About()
    let paths: OrderedFields<OrderedFields<Described>>

    struct About: Encodable, Sendable {
        let title = "Flotilla: the dashboard's API"
        let version = "1"
    }

    struct Described: Encodable, Sendable {
        let summary: String
        let operationId: String
        let parameters: [Parameter]
        let requestBody: Body?
        let responses: OrderedFields<Reply>
    }

    struct Body: Encodable, Sendable {
        let required = true
        let content: OrderedFields<Media>
    }

    struct Media: Encodable, Sendable {
        let schema: OrderedFields<String>
    }

    struct Reply: Encodable, Sendable { let description: String }

    /// - Parameter operations: in the order of the paths; those of one path follow each other.
    public init(_ operations: [Operation]) {
        var order: [String] = []
        var byPath: [String: [(String, Described)]] = [:]
        for operation in operations {
            if byPath[operation.path] == nil { order.append(operation.path) }
            byPath[operation.path, default: []].append((operation.method, Self.described(operation)))
        }
        paths = OrderedFields(order.map { ($0, OrderedFields(byPath[$0] ?? [])) })
    }

    private static func described(_ operation: Operation) -> Described {
        let words = operation.path.split { !$0.isLetter && !$0.isNumber }.joined(separator: "_")
        var replies = [("200", Reply(description: "As asked."))]
        if !operation.parameters.isEmpty || operation.body != nil {
            replies.append(("422", Reply(description: "A parameter or the body is not as described.")))
        }
        replies.append(("default", Reply(description: "A sentence in 'detail' says what is wrong.")))
        return Described(
            summary: operation.summary, operationId: operation.method + "_" + words,
            parameters: operation.parameters,
            requestBody: operation.body.map { type in
                Body(content: OrderedFields([("application/json", Media(schema: OrderedFields([("type", type)])))]))
            },
            responses: OrderedFields(replies))
    }
}
