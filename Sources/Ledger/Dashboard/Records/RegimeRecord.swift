import GRDB

/// A product's regime, as a row of `trend_data` names it.
public struct RegimeRecord: Sendable, Equatable {
    /// Such as `TRENDING`; nil for NULL.
    public let regime: String?
    /// -1 to 1; nil for what is no number.
    public let strength: Double?
    /// 0 to 1; nil for what is no number.
    public let confidence: Double?

    init(_ row: Row) {
        regime = row.text("regime")
        strength = row.number("trend_strength")
        confidence = row.number("confidence")
    }
}
