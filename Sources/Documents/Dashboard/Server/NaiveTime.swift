public import Foundation

/// A time as the dashboard's API spells it: ISO 8601 in UTC without a zone, `2025-10-04T12:00:00`, with six digits of
/// a second's fraction where there is one; null for none.
public struct NaiveTime: Encodable, Sendable, Equatable {
    private let date: Date?

    /// - Parameter date: nil for none.
    public init(_ date: Date?) { self.date = date }

    /// The text; nil for none.
    public var text: String? { date.map(Self.text) }

    /// Microseconds; times outside of the years 1 to 9999 are brought within.
    public static func text(_ date: Date) -> String {
        let seconds1970 = date.timeIntervalSince1970.isNaN ? 0 : date.timeIntervalSince1970
        let micros = Int64((min(max(seconds1970, -62_135_596_800), 253_402_300_799) * 1_000_000).rounded())
        let fraction = ((micros % 1_000_000) + 1_000_000) % 1_000_000
        // RFC 3339 with milliseconds, of which date and time of day are taken.
        let whole = Timestamp.text((micros - fraction) / 1_000).prefix(19)
        guard fraction > 0 else { return String(whole) }
        let digits = "\(fraction)"
        return whole + "." + String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// Encodes a string, or null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let text { try container.encode(text) } else { try container.encodeNil() }
    }
}
