/// A time as documents show it: RFC 3339 in UTC with milliseconds, such as `2026-11-30T08:00:00.000Z`; null for none.
public struct DocumentTime: Encodable, Sendable, Equatable {
    private let milliseconds: Int64?

    /// - Parameter milliseconds: unix milliseconds; nil for none.
    public init(_ milliseconds: Int64?) { self.milliseconds = milliseconds }

    /// Encodes a string, or null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let milliseconds {
            try container.encode(Timestamp.text(milliseconds))
        } else {
            try container.encodeNil()
        }
    }
}
