public import JobQueue

/// What became of a request about one job: `jobs cancel`, `jobs delete`.
public struct JobAnswerDocument: Encodable, Sendable {
    let id, answer: String

    /// - Parameter answer: one word, such as `cancelled` or `deleted`.
    public init(_ id: JobID, answer: String) {
        self.id = id.description
        self.answer = answer
    }
}
