public import JobQueue

/// A token bucket with what it holds: `limits`, and an element of `status`.
public struct LimitDocument: Encodable, Sendable {
    let name: String
    /// Tokens a second.
    let rate: Double
    let burst: Int
    let available: Double
    /// Whether an operator has set another rate than the file's.
    let isSet: Bool
    /// How long it gives no token, because the server behind it refused a call.
    let closedMs: Int64

    /// Takes all of it.
    public init(_ level: BucketLevel) {
        name = level.bucket.name
        rate = level.bucket.ratePerSecond
        burst = level.bucket.burst
        available = level.available
        isSet = level.isSet
        closedMs = level.closedMilliseconds
    }

    enum CodingKeys: String, CodingKey {
        case name, rate, burst, available
        case isSet = "set"
        case closedMs = "closed_ms"
    }
}
