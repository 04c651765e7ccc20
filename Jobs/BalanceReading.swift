import Exchange
import Trading

/// What the account has free of a product's two currencies, as the cache knows it.
struct BalanceReading {
    let cache: MarketDataCache

    /// Nil while the cache holds no balances: then nothing is said of them.
    func balance(of product: ProductID) async throws(ExchangeError) -> TradeBalance? {
        // The seam: `cache.accounts()` is read here.
        nil
    }
}
