/// A line of the log in its JSON form.
public struct LogLineDocument: Encodable, Sendable {
    let at, level, process, message: String
    private let fields: OrderedFields<String>

    /// - Parameters:
    ///   - at: RFC 3339.
    ///   - process: what tells this process from its siblings, such as `trading-1`.
    ///   - fields: they follow the others, in their order.
    public init(at: String, level: String, process: String, message: String, fields: [(String, String)]) {
        self.at = at
        self.level = level
        self.process = process
        self.message = message
        self.fields = OrderedFields(fields.map { ($0.0, $0.1) })
    }

    /// One object of all fields.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(at, forKey: .at)
        try container.encode(level, forKey: .level)
        try container.encode(process, forKey: .process)
        try container.encode(message, forKey: .message)
        try fields.encode(to: encoder)
    }

    enum CodingKeys: String, CodingKey { case at, level, process, message }
}
