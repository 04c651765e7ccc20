import JobQueue

/// Text that should be JSON already, such as the arguments of a job. Text that is not JSON stands as a JSON string and
/// an empty one as null, so that the document is valid in any case.
public struct RawJSON: Encodable, Sendable, Equatable {
    /// One JSON value.
    let text: String

    /// Reads the whole text once, to check it.
    public init(_ text: String) {
        if text.isEmpty {
            self.text = "null"
        } else {
            self.text = JSONSyntax.problem(in: text.utf8) == nil ? text : CompactJSON.quoted(text)
        }
    }

    /// For other encoders than `JSONText`, which takes the text as it is: they get it as a string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
