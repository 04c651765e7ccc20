import Exchange
import JobQueue
import Ledger
import Trading
import Worker

/// Best bid and ask.
extension CacheRefreshJob {
    /// Includes all holdings of the account, bought by a bot or not: a portfolio is valued as a whole.
    func quoted(_ payload: Payload) async throws -> [ProductID] {
        let chosen = try await chosen(payload)
        guard payload.named == nil else { return chosen }
        let balances = try await dependencies.cache.accounts()?.accounts ?? []
        let owned = balances.filter { ($0.available + $0.hold).isPositive && $0.currency != AccountReading.cash }
            .compactMap { AccountReading.product($0.currency) }
        return try await listed(dependencies.ledger.heldProducts().union(chosen).union(owned))
    }

    func refreshQuotes(
        _ products: [ProductID], _ exchange: any ExchangeClient, _ context: JobContext
    ) async throws -> JobOutput {
        var tally = RefreshTally()
        let volumes = try await volumes()
        // The products in parts to request: all at once, in halves when one of them makes the request fail.
        var parts = products.isEmpty ? [] : [products[...]]
        while let part = parts.popLast() {
            let asked = dependencies.now()
            let answer = await Self.answer { () throws(ExchangeError) in try await exchange.bestBidAsk(Array(part)) }
            switch answer {
            case .success(let quotes):
                try await dependencies.cache.store(quotes: quotes, volumes24h: volumes, fetchedAt: asked)
                tally.count(quotes.count)
            case .failure(let error)
            where error.mayConcernOneProduct && !error.isTransient && tally.faults.count < Self.mostFaults:
                if part.count == 1, let product = part.first {
                    tally.fail(product, error)
                } else {
                    parts += [part.dropFirst(part.count / 2), part.prefix(part.count / 2)]
                }
            case .failure(let error): throw error
            }
        }
        return try tally.output("quotes", context)
    }

    /// What was traded within 24 h, as far as the list of products tells it.
    private func volumes() async throws -> [ProductID: Double] {
        let listed = try await dependencies.cache.products()?.products ?? []
        return Dictionary(
            listed.compactMap { product in product.facts.volume.map { (product.id, $0) } }, uniquingKeysWith: { $1 })
    }
}
