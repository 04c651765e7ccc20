/// The size that the Python system would give an order, with its reasons; only shown. Orders have the size that
/// `PositionSize` gives them.
public struct LegacySizing: Sendable, Equatable, Codable {
    /// The bot's configured size in quote currency.
    public let baseSize: Double
    /// `baseSize` x the multiplier, on cents.
    public let finalSize: Double
    /// The product of the three factors, within 0.3 and 2, on three decimals.
    public let totalMultiplier: Double
    /// One sentence for people, without a full stop.
    public let rationale: String
    /// Of the product's trend.
    public let regime: TrendRegime
    /// |strength| of the trend, on four decimals.
    public let trendStrength: Double
    /// Of the trend, on four decimals.
    public let trendConfidence: Double
    /// Percent, on four decimals.
    public let volatility: Double
    /// The three factors and their product.
    public let factors: Factors

    /// What a size is multiplied with.
    public struct Factors: Sendable, Equatable, Codable {
        /// 0.5 (choppy) to 1.5.
        public let regime: Double
        /// 0.6 to 1.2. The bounds look like fractions while the volatility is in percent, so that it is 0.6 as a rule.
        public let volatility: Double
        /// 0.6 to 1.1.
        public let confidence: Double
        /// The product of the three.
        public let product: Double
        /// The product within 0.3 and 2.
        public let bounded: Double

        /// - Parameters:
        ///   - regime: nil for one that no rule knows.
        ///   - volatility: in percent.
        ///   - confidence: of the signals, 0 to 1.
        init(regime: TrendRegime?, volatility: Double, confidence: Double) {
            self.regime = regime?.sizeFactor ?? 1
            self.volatility = volatility < 0.01 ? 1.2 : (volatility < 0.03 ? 1 : (volatility < 0.05 ? 0.8 : 0.6))
            self.confidence = confidence >= 0.8 ? 1.1 : (confidence >= 0.6 ? 1 : (confidence >= 0.4 ? 0.8 : 0.6))
            product = (self.regime * self.volatility * self.confidence).rounded(decimals: 3)
            bounded = min(max(product, 0.3), 2)
        }
    }

    /// - Parameters:
    ///   - base: the bot's size, finite.
    ///   - confidence: of its signals, 0 to 1.
    public init(base: Double, trend: TrendAnalysis, confidence: Double) {
        let volatility = Self.volatility(of: [trend.short, trend.medium, trend.long])
        factors = Factors(regime: trend.regime, volatility: volatility, confidence: confidence)
        baseSize = base
        finalSize = (base * factors.bounded).rounded(decimals: 2)
        totalMultiplier = factors.bounded
        regime = trend.regime
        trendStrength = abs(trend.strength).rounded(decimals: 4)
        trendConfidence = trend.confidence.rounded(decimals: 4)
        self.volatility = volatility.rounded(decimals: 4)
        rationale = Self.rationale(finalSize, factors, trend, volatility)
    }

    /// Of the windows in which the price moved: all three count 0.3, 0.5 and 0.2, fewer count alike; 1 for none.
    static func volatility(of windows: [TrendWindow]) -> Double {
        let moving = windows.map(\.volatility).filter { $0 > 0 }
        guard moving.count < 3 else { return 0.3 * moving[0] + 0.5 * moving[1] + 0.2 * moving[2] }
        return moving.isEmpty ? 1 : moving.reduce(0, +) / Double(moving.count)
    }

    private static func rationale(
        _ size: Double, _ factors: Factors, _ trend: TrendAnalysis, _ volatility: Double
    ) -> String {
        let verb = factors.bounded < 1 ? "Reduced" : (factors.bounded > 1 ? "Increased" : "Kept")
        let regime = trend.regime.rawValue.lowercased().split(separator: "_").joined(separator: " ")
        let sureness = trend.confidence >= 0.7 ? "high" : (trend.confidence >= 0.4 ? "moderate" : "low")
        let movement = factors.volatility < 0.7 ? "high" : (factors.volatility < 1.1 ? "moderate" : "low")
        return "\(verb) position to $\(size.fixed(2)) due to \(regime) market regime with \(sureness) confidence "
            + "(\((100 * trend.confidence).fixed(1))%) and \(movement) volatility (\((100 * volatility).fixed(1))%)"
    }
}
