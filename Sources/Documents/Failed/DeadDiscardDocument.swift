public import JobQueue

/// Which dead jobs were removed for good: `failed discard`.
public struct DeadDiscardDocument: Encodable, Sendable {
    let count: Int
    let ids, keptIDs: [String]

    /// - Parameter kept: jobs that were not dead any more.
    public init(discarded: [JobID], kept: [JobID]) {
        count = discarded.count
        ids = discarded.map(\.description)
        keptIDs = kept.map(\.description)
    }

    enum CodingKeys: String, CodingKey {
        case count = "discard"
        case ids
        case keptIDs = "kept_ids"
    }
}
