/// Weights by inverse volatility: calm products get more (domain rules 6).
public enum InverseVolatility {
    /// Decimals that a weight keeps on its way to an order.
    public static let weightScale = 8

    /// w_i = (1/s_i) / sum(1/s), in the order given.
    ///
    /// A volatility that is zero, negative or not finite gives 0: such a product has no real market. When that leaves
    /// no product, those with zero volatility share equally and the others stay 0, so a single product whose price does
    /// not move gets 1.
    public static func weights(volatilities: [Double]) -> [Double] {
        let inverse = volatilities.map { $0.isFinite && $0 > 0 ? 1 / $0 : 0 }
        var sum = 0.0
        for value in inverse { sum += value }
        if sum > 0, sum.isFinite { return inverse.map { $0 / sum } }
        let known = volatilities.map { $0.isFinite && $0 >= 0 }
        let count = known.count { $0 }
        return known.map { $0 ? 1 / Double(count) : 0 }
    }

    /// Sample standard deviation of the hourly log returns; not annualised, since only ratios matter. Not finite with
    /// fewer than three closes or with a close that is not positive.
    public static func volatility(hourlyCloses closes: [Double]) -> Double {
        let returns = Indicators.logReturns(closes)
        return Indicators.sampleDeviation(returns[...])
    }

    /// A weight as a decimal, cut to `weightScale` decimals so that weights which sum to 1 never sum to more.
    /// - Throws: `valueOutOfRange` unless it is within 0...1.
    public static func amount(ofWeight weight: Double) throws(TradingError) -> Amount {
        guard weight >= 0, weight <= 1 else {
            throw .valueOutOfRange(
                subject: "target weight", problem: "\(weight) is no share", remedy: "Give a number from 0 to 1")
        }
        let exact = try Amount(approximating: weight, scale: Amount.maximumScale)
        return try exact.floored(to: Amount(coefficient: 1, scale: weightScale))
    }
}
