/// How well a pair without a bot would suit one, by its last 24 hours.
///
/// The formulas are those of the system that the dashboard was made for. Statistics: no order is made of them.
public struct PairScore: Sendable, Equatable, Codable {
    /// Which product is scored.
    public let product: ProductID
    /// For people.
    public let baseName: String
    /// Last price, in quote currency; above zero.
    public let price: Double
    /// Traded within 24 h, in millions of the quote currency.
    public let volumeMillions: Double
    /// In percent within 24 h.
    public let priceChange: Double
    /// In percent against the 24 h before.
    public let volumeChange: Double

    /// What is traded in one go, in dollars: what `positionTokens` is counted for.
    public static let positionDollars = 25.0

    /// The quote currency of the pairs that are scored.
    public static let quote = "USD"

    /// - Returns: nil for a product that does not trade against the dollar now, or has no price. A figure that the
    ///   exchange does not give counts as zero.
    public init?(_ product: Product) {
        let price = product.price.doubleValue
        guard product.id.quote == Self.quote, product.status == "online", !product.tradingDisabled,
            !product.isDisabled, price > 0
        else { return nil }
        let facts = product.facts
        let volume = facts.quoteVolume ?? (facts.volume.map { $0 * price } ?? 0)
        self.product = product.id
        baseName = facts.baseName ?? product.id.base.capitalizedName
        self.price = price
        volumeMillions = volume.isFinite ? volume / 1_000_000 : 0
        priceChange = facts.priceChange ?? 0
        volumeChange = facts.volumeChange ?? 0
    }

    /// 0 to 10: one for each 50 million traded.
    public var liquidity: Double { max(0, min(volumeMillions / 50, 10)) }
    /// 0 to 10: two for each percent that the price has moved, up or down.
    public var volatility: Double { min(abs(priceChange) * 2, 10) }
    /// 0 to 5: one for each ten percent that the volume has grown.
    public var momentum: Double { max(0, min(volumeChange / 10, 5)) }
    /// 5, 3 or 1: the more is traded, the lower the risk.
    public var safety: Double {
        switch risk {
        case .low: 5
        case .medium: 3
        case .high: 1
        }
    }
    /// 1 to 30.
    public var total: Double { liquidity + volatility + momentum + safety }

    /// Units of the base currency that `positionDollars` buy.
    public var positionTokens: Double { Self.positionDollars / price }

    /// By what is traded within 24 h: from 200 million on low, from 50 million on medium.
    public var risk: Risk { volumeMillions >= 200 ? .low : volumeMillions >= 50 ? .medium : .high }

    /// By the total: from 20 on the first, from 12 on the second.
    public var advice: Advice {
        total >= Self.highlyRecommended ? .highlyRecommended : total >= Self.good ? .goodCandidate : .considerLater
    }

    /// The total from which a pair is highly recommended.
    public static let highlyRecommended = 20.0
    /// The total from which a pair is a good candidate, and a bot may be made for it.
    public static let good = 12.0
}

extension PairScore {
    /// How risky it is to trade a pair. The values are the words of the dashboard.
    public enum Risk: String, Sendable {
        case low = "LOW"
        case medium = "MEDIUM"
        case high = "HIGH"

        /// As the dashboard paints it.
        public var color: String {
            switch self {
            case .low: "green"
            case .medium: "yellow"
            case .high: "red"
            }
        }
    }

    /// What is advised. The values are the words of the dashboard.
    public enum Advice: String, Sendable {
        case highlyRecommended = "HIGHLY_RECOMMENDED"
        case goodCandidate = "GOOD_CANDIDATE"
        case considerLater = "CONSIDER_LATER"

        /// As the dashboard paints it.
        public var color: String {
            switch self {
            case .highlyRecommended: "green"
            case .goodCandidate: "yellow"
            case .considerLater: "gray"
            }
        }
    }
}

extension String {
    /// `FET` as `Fet`: the name of a currency of which only the code is known.
    fileprivate var capitalizedName: String { prefix(1).uppercased() + dropFirst().lowercased() }
}
