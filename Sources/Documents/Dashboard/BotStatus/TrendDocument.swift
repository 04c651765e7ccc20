/// A product's trend: what `GET /api/v1/trends/{product_id}` answers, and a part of a bot's status.
public struct TrendDocument: Encodable, Sendable {
    let product: String
    let strength, confidence: Double
    let regime, alignment: String
    let isVolumeConfirmed: Bool
    let analyzedAt: NaiveTime
    let lifeSeconds = 300
    let windows: Windows

    /// - Parameters:
    ///   - strength: -1 (falling) to 1 (rising).
    ///   - regime: `STRONG_TRENDING`, `TRENDING`, `RANGING` or `CHOPPY`.
    ///   - alignment: of the moving averages: `BULLISH`, `BEARISH` or `NEUTRAL`.
    public init(
        product: String, strength: Double, confidence: Double, regime: String, alignment: String,
        isVolumeConfirmed: Bool, analyzedAt: NaiveTime, short: Window, medium: Window, long: Window
    ) {
        self.product = product
        self.strength = strength
        self.confidence = confidence
        self.regime = regime
        self.alignment = alignment
        self.isVolumeConfirmed = isVolumeConfirmed
        self.analyzedAt = analyzedAt
        windows = Windows(short: short, medium: medium, long: long)
    }

    enum CodingKeys: String, CodingKey {
        case product = "product_id"
        case strength = "trend_strength"
        case confidence, regime
        case alignment = "moving_average_alignment"
        case isVolumeConfirmed = "volume_confirmation"
        case analyzedAt = "analysis_timestamp"
        case lifeSeconds = "cache_ttl_seconds"
        case windows = "timeframe_analysis"
    }

    struct Windows: Encodable, Sendable {
        let short, medium, long: Window

        enum CodingKeys: String, CodingKey {
            case short = "short_term"
            case medium = "medium_term"
            case long = "long_term"
        }
    }

    /// What the price did in one window of time.
    public struct Window: Encodable, Sendable {
        let momentum: Double
        let dataPoints: Int
        let name: String
        let priceChangePct, volatility: Double

        /// - Parameters:
        ///   - dataPoints: candles in it; 0 when there were too few.
        ///   - name: the length of a candle: `5min`, `1hour` or `daily`.
        public init(momentum: Double, dataPoints: Int, name: String, priceChangePct: Double, volatility: Double) {
            self.momentum = momentum
            self.dataPoints = dataPoints
            self.name = name
            self.priceChangePct = priceChangePct
            self.volatility = volatility
        }

        enum CodingKeys: String, CodingKey {
            case momentum
            case dataPoints = "data_points"
            case name = "timeframe_name"
            case priceChangePct = "price_change_pct"
            case volatility
        }
    }
}
