public import Foundation
import GRDB

/// A row of `trading_pairs`: a product of the exchange, and when it was seen first.
public struct TrackedPair: Sendable, Equatable {
    /// Such as `ZORA-USD`; empty for what is no text.
    public let productID: String
    /// For people; the base currency's code for NULL.
    public let baseName: String
    /// The base currency's code; empty for what is no text.
    public let baseCurrency: String
    /// The exchange's word; `online` for NULL.
    public let status: String
    /// False for NULL.
    public let isTradingDisabled: Bool
    /// `nil` for a stored time that cannot be read.
    public let firstSeen: Date?
    /// When it was seen first, in quote units; `nil` when it was not known.
    public let initialPrice: Double?
    /// Of the 24 hours before it was seen first; `nil` when it was not known.
    public let initialVolume24h: Double?
    /// Nobody has looked at it yet; true for NULL, as in a new row.
    public let isNewListing: Bool

    init(_ row: Row) {
        productID = row.text("product_id") ?? ""
        baseCurrency = row.text("base_currency_id") ?? ""
        baseName = row.text("base_name") ?? baseCurrency
        status = row.text("status") ?? "online"
        isTradingDisabled = row.flag("trading_disabled")
        firstSeen = row.time("first_seen")
        initialPrice = row.number("initial_price")
        initialVolume24h = row.number("initial_volume_24h")
        isNewListing = row.integer("is_new_listing").map { $0 != 0 } ?? true
    }
}

/// How many pairs are tracked.
public struct TrackedPairTotals: Sendable, Equatable {
    /// All of them.
    public let all: Int
    /// Those that are quoted in USD.
    public let inDollars: Int
    /// Those that nobody has looked at yet.
    public let unprocessed: Int
    /// Those that were seen first since a time.
    public let recent: Int
    /// The one that was seen last; `nil` for none.
    public let latest: TrackedPair?
}
