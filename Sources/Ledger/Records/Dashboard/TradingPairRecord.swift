public import Foundation
import GRDB
public import Trading

/// A row of `trading_pairs`.
public struct TradingPairRecord: Sendable, Equatable {
    /// Such as `BTC-USD`; empty for NULL.
    public let product: String
    /// Empty for NULL.
    public let baseCurrency: String
    /// Empty for NULL.
    public let quoteCurrency: String
    /// For people; the base currency for NULL.
    public let baseName: String
    /// The exchange's word.
    public let status: String?
    /// False for NULL.
    public let isTradingDisabled: Bool
    /// False for NULL.
    public let isDisabled: Bool
    /// `nil` for a stored time that cannot be read.
    public let firstSeen: Date?
    /// Whether it is a new listing that nobody has dealt with; false for NULL.
    public let isNew: Bool
    /// When it was first seen, in quote currency.
    public let initialPrice: Double?
    /// Traded in the 24 h before, in quote currency.
    public let initialVolume: Double?

    init(_ row: Row) {
        product = row.text("product_id") ?? ""
        baseCurrency = row.text("base_currency_id") ?? ""
        quoteCurrency = row.text("quote_currency_id") ?? ""
        baseName = row.text("base_name") ?? row.text("base_currency_id") ?? ""
        status = row.text("status")
        isTradingDisabled = row.flag("trading_disabled")
        isDisabled = row.flag("is_disabled")
        firstSeen = row.time("first_seen")
        isNew = row.flag("is_new_listing")
        initialPrice = row.number("initial_price")
        initialVolume = row.number("initial_volume_24h")
    }

    /// What a scan compares with.
    public var known: PairChanges.Known {
        PairChanges.Known(
            product: product, status: status, isTradingDisabled: isTradingDisabled, isDisabled: isDisabled)
    }
}
