/// One answer of two backends, compared: `api --compare`.
public struct ComparedAnswerDocument: Encodable, Sendable {
    let question: String
    @OrNull var problem: String?
    let differences: [Difference]

    /// - Parameters:
    ///   - question: path and query.
    ///   - problem: why it was not compared; nil when it was.
    public init(question: String, problem: String?, differences: [Difference]) {
        self.question = question
        self.problem = problem
        self.differences = differences
    }

    /// A place at which they differ.
    public struct Difference: Encodable, Sendable {
        let path: String
        @OrNull var there: String?
        @OrNull var here: String?

        /// - Parameters:
        ///   - there: the old backend's value, as short JSON; nil for nothing.
        ///   - here: ours, likewise.
        public init(path: String, there: String?, here: String?) {
            self.path = path
            self.there = there
            self.here = here
        }
    }
}
