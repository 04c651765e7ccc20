import Exchange
import JobQueue
import Ledger
import Trading
import Worker

/// Pairs that the exchange has listed lately.
extension CacheRefreshJob {
    /// Adds what the exchange lists to `trading_pairs`, and tells of new pairs against the dollar. Into an empty table
    /// everything is added as known: nothing of it is news.
    func recordNewPairs(_ exchange: any ExchangeClient, _ context: JobContext) async throws -> JobOutput {
        let listing = try await listing(exchange)
        let changes = try await dependencies.ledger.recordPairs(listing.products)
        let report = NewPairsReport(changes, listed: listing.products.count, at: dependencies.now())
        return JobOutput(result: try CompactJSON.text(report))
    }
}
