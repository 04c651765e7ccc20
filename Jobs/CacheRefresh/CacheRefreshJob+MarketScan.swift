import Exchange
import JobQueue
import Ledger
import Trading
import Worker

/// Which pairs without a bot would suit one.
extension CacheRefreshJob {
    /// A scan ranks the pairs with the greatest volume, an alert only the very first.
    private static let scanned = 100
    private static let alerted = 15

    /// Scores every pair for the page, and tells of the good ones that have no bot; once, however often the job runs.
    func scanMarket(
        _ payload: Payload, _ exchange: any ExchangeClient, _ context: JobContext
    ) async throws -> JobOutput {
        let listing = try await listing(exchange)
        let scan = MarketScan(listing.products, scannedAt: dependencies.now())
        try await dependencies.cache.store(scan: scan)
        let taken = Set(try await dependencies.ledger.bots().map(\.pair))
        let limit = payload.minScore == nil ? Self.scanned : Self.alerted
        let ranking = PairRanking(scan.scores, excluding: taken, limit: limit)
        let found = ranking.candidates(from: payload.minScore ?? PairScore.good)
        if let notice = OpportunityNotice(found) {
            try await dependencies.ledger.addNotification(
                key: "market-scan:\(context.job.id)", type: OpportunityNotice.type, title: notice.title,
                message: notice.message, priority: notice.priority)
        }
        guard payload.minScore == nil else {
            return JobOutput(result: try CompactJSON.text(OpportunityAlertReport(found)))
        }
        return JobOutput(
            result: try CompactJSON.text(MarketScanReport(ranking, scored: scan.scores.count, at: scan.scannedAt)))
    }
}
