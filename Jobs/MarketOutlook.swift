import Exchange
import Foundation
import Trading

/// What an evaluation looks at beside quote and hourly candles: the product's trend and what the account has of it.
/// All from the cache; what is missing there says nothing.
struct MarketOutlook {
    let trend: TrendAnalysis
    /// Nil while the account is not known.
    let balance: TradeBalance?

    /// Of a product that nothing is known of.
    static let unknown = MarketOutlook(trend: .unknown, balance: nil)

    private init(trend: TrendAnalysis, balance: TradeBalance?) {
        self.trend = trend
        self.balance = balance
    }

    /// Two series and the balances, side by side.
    /// - Parameter hours: the hourly candles of the evaluation.
    init(of product: ProductID, hours: CandleSeries, cache: MarketDataCache, now: Date) async throws {
        async let fiveMinutes = cache.snapshot(product, granularity: .fiveMinutes).candles
        async let days = cache.snapshot(product, granularity: .oneDay).candles
        async let held = BalanceReading(cache: cache).balance(of: product)
        trend = TrendAnalysis(
            fiveMinutes: Self.finished(try await fiveMinutes, TrendAnalysis.fiveMinutesCount, now),
            hours: hours.candles, days: Self.finished(try await days, TrendAnalysis.daysCount, now))
        balance = try await held
    }

    private static func finished(_ cached: CachedCandles?, _ count: Int, _ now: Date) -> [Candle] {
        guard let cached else { return [] }
        return CandleSeries(
            cached.candles, granularity: cached.granularity, receivedAt: cached.fetchedAt, now: now, limit: count
        ).candles
    }
}
