public import Foundation

/// What a search for new pairs finds.
public struct NewPairsDocument: Encodable, Sendable {
    /// A pair that is listed and not tracked.
    public struct Pair: Encodable, Sendable {
        let product, baseName: String
        @OrNull var price: Double?
        @OrNull var volume: Double?

        /// - Parameters:
        ///   - price: at present; nil without a trade.
        ///   - volume: within 24 h, in quote currency.
        public init(product: String, baseName: String, price: Double?, volume: Double?) {
            self.product = product
            self.baseName = baseName
            self.price = price
            self.volume = volume
        }

        enum CodingKeys: String, CodingKey {
            case product = "product_id"
            case baseName = "base_name"
            case price = "initial_price"
            case volume = "initial_volume"
        }
    }

    let success = true
    let timestamp: NaiveTime
    let listed, tracked, found, inDollars, updated: Int
    let pairs: [Pair]

    /// - Parameters:
    ///   - listed: products of the exchange.
    ///   - tracked: pairs that are known.
    ///   - found: listed and not known.
    ///   - updated: known, with another status.
    ///   - pairs: those found that trade against the dollar.
    public init(at time: Date, listed: Int, tracked: Int, found: Int, updated: Int, pairs: [Pair]) {
        timestamp = NaiveTime(time)
        self.listed = listed
        self.tracked = tracked
        self.found = found
        inDollars = pairs.count
        self.updated = updated
        self.pairs = pairs
    }

    enum CodingKeys: String, CodingKey {
        case success, timestamp
        case listed = "total_products_scanned"
        case tracked = "existing_pairs_tracked"
        case found = "new_pairs_found"
        case inDollars = "usd_pairs_found"
        case updated = "pairs_updated"
        case pairs = "new_pairs"
    }
}
