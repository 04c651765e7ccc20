public import Trading

/// Taking over the market and the account of a file.
extension PaperExchange {
    /// Puts a market in the place of the offline one, for all processes: its products alone are listed and quoted, at
    /// these prices, until it expires. Orders fill at them too; resting ones keep to the offline market.
    /// - Parameter seconds: how long it lasts.
    /// - Throws: `unavailable`; the market may then be there in part.
    public func load(
        products: [Product], candles: [CachedCandles], seconds: Int
    ) async throws(ExchangeError) {
        try await loaded.store(products, candles, seconds: seconds)
    }

    /// Gives the account these balances, for good, in this order; every other currency goes to zero.
    /// - Throws: `invalid` while orders rest, because they hold some of the balances.
    public func setAccounts(_ accounts: [Account]) async throws(ExchangeError) {
        _ = try await settled("setAccounts") { (state, _) throws(ExchangeError) in
            guard state.open.isEmpty else {
                throw .invalid(
                    what: "the paper account",
                    reason: "\(state.open.count) orders rest, which hold some of its balances; cancel them first")
            }
            var wanted = Dictionary(accounts.map { ($0.currency, $0) }, uniquingKeysWith: { $1 })
            for currency in state.balances.keys where wanted[currency] == nil {
                wanted[currency] = Account(currency: currency, available: .zero, hold: .zero)
            }
            for (currency, account) in wanted {
                let present = state.balance(currency)
                state.change(
                    currency, available: account.available - present.available, hold: account.hold - present.hold)
            }
        }
        try await loaded.store(currencies: accounts.map(\.currency))
    }
}
