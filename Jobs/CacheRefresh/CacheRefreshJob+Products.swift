import Exchange
import JobQueue
import Ledger
import Logging
import Trading
import Worker

/// Increments, flags and the last 24 hours of all products.
extension CacheRefreshJob {
    func refreshProducts(_ exchange: any ExchangeClient, _ context: JobContext) async throws -> JobOutput {
        let asked = dependencies.now()
        let products = try await exchange.products()
        guard !products.isEmpty else {
            throw ExchangeError.unreadable(what: "the exchange's list of products", reason: "it is empty")
        }
        try await dependencies.cache.store(products: products, fetchedAt: asked)
        let back = try await dependencies.ledger.returnBots(toProducts: Set(products.map(\.id)))
        guard !back.isEmpty else { return JobOutput(result: ResultText.of(["products": "\(products.count)"])) }
        let bots = back.map { "\($0)" }.joined(separator: ", ")
        context.logger.notice("bots \(bots) run again: the exchange lists their products now")
        return JobOutput(result: ResultText.of(["products": "\(products.count)", "bots_back": bots]))
    }
}
