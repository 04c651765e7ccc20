public import JobQueue

/// Dead jobs of one kind with one fingerprint: `failed groups`.
public struct FailureGroupDocument: Encodable, Sendable {
    let fingerprint, kind, message: String
    let count: Int
    let firstAt, lastAt: DocumentTime
    let sampleID: String
    let estimated: Bool

    /// Takes all of a group.
    /// - Parameter isEstimate: whether the count is a share of a sample.
    public init(_ group: DeadGroup, isEstimate: Bool) {
        fingerprint = group.fingerprint
        kind = group.kind
        message = group.message
        count = group.count
        firstAt = DocumentTime(group.firstMilliseconds)
        lastAt = DocumentTime(group.lastMilliseconds)
        sampleID = group.sampleID
        estimated = isEstimate
    }

    enum CodingKeys: String, CodingKey {
        case fingerprint, kind, message, count
        case firstAt = "first_at"
        case lastAt = "last_at"
        case sampleID = "sample_id"
        case estimated
    }
}
