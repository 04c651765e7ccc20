/// Dead jobs of one kind with one fingerprint: `failed groups`.
public struct FailureGroupDocument: Encodable, Sendable {
    let fingerprint, kind, message: String
    let count: Int
    let firstAt, lastAt: DocumentTime
    let sampleID: String

    /// - Parameters:
    ///   - fingerprint: empty for jobs without an error.
    ///   - message: the error of the job that died last; `sampleID` is its id.
    ///   - firstAt: when the first of them died, unix milliseconds; `lastAt`, when the last did.
    public init(
        fingerprint: String, kind: String, message: String, count: Int, firstAt: Int64, lastAt: Int64, sampleID: String
    ) {
        self.fingerprint = fingerprint
        self.kind = kind
        self.message = message
        self.count = count
        self.firstAt = DocumentTime(firstAt)
        self.lastAt = DocumentTime(lastAt)
        self.sampleID = sampleID
    }

    enum CodingKeys: String, CodingKey {
        case fingerprint, kind, message, count
        case firstAt = "first_at"
        case lastAt = "last_at"
        case sampleID = "sample_id"
    }
}
