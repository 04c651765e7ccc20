public import Foundation

/// Products that the exchange has not listed for long.
public struct RecentPairsDocument: Encodable, Sendable {
    /// One of them.
    public struct Pair: Encodable, Sendable {
        let product, baseName, baseCurrency, status: String
        let isTradingDisabled: Bool
        let firstSeen: NaiveTime
        @OrNull var initialPrice: Double?
        @OrNull var initialVolume: Double?
        let isNew: Bool
        @OrNull var days: Int?

        /// - Parameters:
        ///   - status: the exchange's word.
        ///   - firstSeen: nil for a time that cannot be read.
        ///   - initialVolume: of 24 hours, when it was seen first.
        ///   - days: whole days since then.
        public init(
            product: String, baseName: String, baseCurrency: String, status: String, isTradingDisabled: Bool,
            firstSeen: Date?, initialPrice: Double?, initialVolume: Double?, isNew: Bool, days: Int?
        ) {
            self.product = product
            self.baseName = baseName
            self.baseCurrency = baseCurrency
            self.status = status
            self.isTradingDisabled = isTradingDisabled
            self.firstSeen = NaiveTime(firstSeen)
            self.initialPrice = initialPrice
            self.initialVolume = initialVolume
            self.isNew = isNew
            self.days = days
        }

        enum CodingKeys: String, CodingKey {
            case product = "product_id"
            case baseName = "base_name"
            case baseCurrency = "base_currency_id"
            case status
            case isTradingDisabled = "trading_disabled"
            case firstSeen = "first_seen"
            case initialPrice = "initial_price"
            case initialVolume = "initial_volume_24h"
            case isNew = "is_new_listing"
            case days = "days_since_listing"
        }
    }

    let success = true
    let days, count: Int
    let pairs: [Pair]

    /// - Parameter days: from how far back they are.
    public init(days: Int, pairs: [Pair]) {
        self.days = days
        count = pairs.count
        self.pairs = pairs
    }

    enum CodingKeys: String, CodingKey {
        case success
        case days = "timeframe_days"
        case count = "pairs_found"
        case pairs
    }
}
