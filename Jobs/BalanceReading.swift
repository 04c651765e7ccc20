import Exchange
import Trading

/// What the account has free of a product's two currencies, as the cache knows it.
struct BalanceReading {
    let cache: MarketDataCache

    /// Nil while the cache holds no balances: then nothing is said of them.
    func balance(of product: ProductID) async throws(ExchangeError) -> TradeBalance? {
        guard let accounts = try await cache.accounts()?.accounts else { return nil }
        func available(_ currency: String) -> Amount {
            accounts.first { $0.currency == currency }?.available ?? .zero
        }
        return TradeBalance(of: product, base: available(product.base), quote: available(product.quote))
    }
}
