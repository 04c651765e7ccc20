import Trading

/// Every Redis key of the market data cache; the only file that spells one. Older readers use the same names.
enum MarketDataKeys {
    /// string, JSON of one quote; lives `tickerSeconds`.
    static func ticker(_ product: ProductID) -> String { "market_data:ticker:\(product)" }
    /// string, binary (`CandleEncoding`); lives `candlesSeconds`.
    static func candles(_ product: ProductID, _ granularity: Granularity) -> String {
        "market_data:candles:\(product):\(granularity.seconds)"
    }
    /// string, JSON array of all products; lives `productsSeconds`.
    static let products = "market_data:products"

    /// Two refreshes, each 30 s: one that is missed goes unnoticed.
    static let tickerSeconds = 60
    /// Each series is refreshed every 300 s, in turn: two may be missed.
    static let candlesSeconds = 900
    static let productsSeconds = 300
}
