import Exchange
import Foundation
import Ledger
import Trading

/// Values every balance of the account, including holdings that no bot bought.
struct AccountReading: Sendable {
    let dependencies: JobDependencies

    /// The currency of prices, with which orders are paid.
    static let cash = "USD"
    /// Currencies that count one to one as dollars, and are not traded.
    static let dollars: Set<String> = ["USDC"]

    /// The product in which a currency is sold for cash; `nil` for a name that no product can have.
    static func product(_ currency: String) -> ProductID? { ProductID(rawValue: "\(currency)-\(cash)") }

    /// Whether orders of a product are paid in a currency that counts as dollars.
    static func isInDollars(_ product: ProductID) -> Bool { product.quote == cash || dollars.contains(product.quote) }

    /// - Parameter accounts: as the exchange has just returned them.
    func value(_ accounts: [Account]) async throws -> AccountValue {
        let cash = accounts.first { $0.currency == Self.cash }
        let held = accounts.filter { $0.currency != Self.cash && ($0.available + $0.hold).isPositive }
        let products = held.compactMap { Self.product($0.currency) }
        let listed = Dictionary(
            try await dependencies.cache.products()?.products.map { ($0.id, $0) } ?? [], uniquingKeysWith: { $1 })
        let quotes = try await dependencies.cache.quotes(products)
        let now = dependencies.now()
        var holdings: [HoldingValue] = []
        for account in held {
            let quantity = account.available + account.hold
            let id = Self.product(account.currency)
            let (price, basis) = try await price(
                account.currency, id.flatMap { quotes[$0] }, id.flatMap { listed[$0] }, now)
            holdings.append(
                try HoldingValue(currency: account.currency, quantity: quantity, price: price, basis: basis))
        }
        return AccountValue(cash: cash?.available ?? .zero, cashOnHold: cash?.hold ?? .zero, holdings: holdings)
    }

    /// A fresh quote; else the listing's last price; else, for a product that the exchange does not list, that of the
    /// newest fill.
    private func price(
        _ currency: String, _ quote: CachedQuote?, _ product: Product?, _ now: Date
    ) async throws -> (Amount?, HoldingValue.Basis) {
        if Self.dollars.contains(currency) { return (Amount(1), .quote) }
        if let quote, quote.ageSeconds(at: now) <= EvaluationJob.freshQuoteSeconds { return (quote.quote.mid, .quote) }
        if let product, product.price.isPositive { return (product.price, .listed) }
        guard let id = Self.product(currency) else { return (nil, .unknown) }
        return (try await dependencies.ledger.lastFillPrices([id])[id], .recorded)
    }
}
