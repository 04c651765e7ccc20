/// The size that a trend and a confidence make of a bot's own, with the reasons.
public struct PositionSizingDocument: Encodable, Sendable {
    let base, size, multiplier: Double
    let rationale: String
    let regime: Regime
    let factors: Factors
    let calculatedAt: NaiveTime
    @OrNull var error: String? = nil

    /// - Parameters:
    ///   - base: the bot's own size, with `size` in USD.
    ///   - calculatedAt: the time of the evaluation.
    public init(
        base: Double, size: Double, multiplier: Double, rationale: String, regime: Regime, factors: Factors,
        calculatedAt: NaiveTime
    ) {
        self.base = base
        self.size = size
        self.multiplier = multiplier
        self.rationale = rationale
        self.regime = regime
        self.factors = factors
        self.calculatedAt = calculatedAt
    }

    enum CodingKeys: String, CodingKey {
        case base = "base_position_size"
        case size = "final_position_size"
        case multiplier = "total_multiplier"
        case rationale = "sizing_rationale"
        case regime = "regime_analysis"
        case factors = "multiplier_breakdown"
        case calculatedAt = "calculation_timestamp"
        case error
    }

    /// The trend that the size was made by.
    public struct Regime: Encodable, Sendable {
        let regime: String
        let strength, confidence, volatility: Double

        /// - Parameter volatility: percent.
        public init(regime: String, strength: Double, confidence: Double, volatility: Double) {
            self.regime = regime
            self.strength = strength
            self.confidence = confidence
            self.volatility = volatility
        }

        enum CodingKeys: String, CodingKey {
            case regime
            case strength = "trend_strength"
            case confidence, volatility
        }
    }

    /// What the size was multiplied with.
    public struct Factors: Encodable, Sendable {
        let regime, volatility, confidence, product: Double
        let isBounded: Bool

        /// - Parameters:
        ///   - product: of the three, before it was brought within bounds.
        ///   - isBounded: whether that changed it.
        public init(regime: Double, volatility: Double, confidence: Double, product: Double, isBounded: Bool) {
            self.regime = regime
            self.volatility = volatility
            self.confidence = confidence
            self.product = product
            self.isBounded = isBounded
        }

        enum CodingKeys: String, CodingKey {
            case regime = "regime_multiplier"
            case volatility = "volatility_multiplier"
            case confidence = "confidence_multiplier"
            case product = "raw_multiplier"
            case isBounded = "applied_risk_controls"
        }
    }
}
