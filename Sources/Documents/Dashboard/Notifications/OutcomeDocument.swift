/// What became of a request, in a sentence.
public struct OutcomeDocument: Encodable, Sendable {
    let success: Bool
    let message: String
    let processed: [String]?

    /// - Parameter processed: products that it was done to; nil leaves the field out.
    public init(success: Bool, message: String, processed: [String]? = nil) {
        self.success = success
        self.message = message
        self.processed = processed
    }

    enum CodingKeys: String, CodingKey {
        case success, message
        case processed = "processed_pairs"
    }
}
