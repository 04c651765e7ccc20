public import Foundation

/// How a tracked pair does since it was first seen.
public struct TrackedPairAnalysisDocument: Encodable, Sendable {
    private struct Listing: Encodable, Sendable {
        let product, baseName: String
        @OrNull var status: String?
        let firstSeen: NaiveTime
        @OrNull var days: Int?
        let isNew: Bool

        enum CodingKeys: String, CodingKey {
            case product = "product_id"
            case baseName = "base_name"
            case status
            case firstSeen = "first_seen"
            case days = "days_since_listing"
            case isNew = "is_new_listing"
        }
    }

    private struct Start: Encodable, Sendable {
        @OrNull var price: Double?
        @OrNull var volume: Double?

        enum CodingKeys: String, CodingKey {
            case price
            case volume = "volume_24h"
        }
    }

    private struct Change: Encodable, Sendable {
        @OrNull var price: Double?
        @OrNull var volume: Double?

        enum CodingKeys: String, CodingKey {
            case price = "price_change"
            case volume = "volume_change"
        }
    }

    let success = true
    private let listing: Listing
    private let start: Start
    @OrNull private var current: PairScoreDocument?
    private let change: Change

    /// - Parameters:
    ///   - days: whole days since it was first seen.
    ///   - initialPrice: when it was first seen; nil when it had none.
    ///   - current: nil when it does not trade now.
    ///   - priceChange: in percent since then.
    ///   - volumeChange: in percent since then.
    public init(
        product: String, baseName: String, status: String?, firstSeen: Date?, days: Int?, isNew: Bool,
        initialPrice: Double?, initialVolume: Double?, current: PairScoreDocument?, priceChange: Double?,
        volumeChange: Double?
    ) {
        listing = Listing(
            product: product, baseName: baseName, status: status, firstSeen: NaiveTime(firstSeen), days: days,
            isNew: isNew)
        start = Start(price: initialPrice, volume: initialVolume)
        self.current = current
        change = Change(price: priceChange, volume: volumeChange)
    }

    enum CodingKeys: String, CodingKey {
        case success
        case listing = "pair_info"
        case start = "initial_data"
        case current = "current_analysis"
        case change = "performance_since_listing"
    }
}
