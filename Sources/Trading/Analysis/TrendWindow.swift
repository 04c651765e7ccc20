import Foundation

/// What a product's price did in one window of time, from closes alone.
public struct TrendWindow: Sendable, Equatable, Codable {
    /// Fewer say nothing: all numbers are 0.
    static let leastCandles = 3

    /// tanh(10 x change), -1 to 1; above 0 the price rose.
    public let momentum: Double
    /// Candles in the window; 0 when there were too few.
    public let dataPoints: Int
    /// From the first close to the last, in percent.
    public let priceChangePct: Double
    /// Sample standard deviation of the returns from close to close, in percent.
    public let volatility: Double

    enum CodingKeys: String, CodingKey {
        case momentum
        case dataPoints = "data_points"
        case priceChangePct = "price_change_pct"
        case volatility
    }

    /// Says nothing.
    public static let none = TrendWindow(closes: [])

    /// - Parameter closes: oldest first, all of the window.
    init(closes: [Double]) {
        let change = ((closes.last ?? 0) - (closes.first ?? 0)) / (closes.first ?? 0)
        let returns = zip(closes.dropFirst(), closes).map { $0 / $1 - 1 }
        let deviation = Indicators.sampleDeviation(returns[...])
        // Prices that no market has make numbers that nothing can store.
        guard closes.count >= Self.leastCandles, change.isFinite, deviation.isFinite else {
            (momentum, dataPoints, priceChangePct, volatility) = (0, 0, 0, 0)
            return
        }
        momentum = tanh(10 * change)
        dataPoints = closes.count
        priceChangePct = 100 * change
        volatility = 100 * deviation
    }

    /// Whether it counts.
    var isUsable: Bool { dataPoints > 0 }
}
