import Exchange
import Foundation
import JobQueue
import Ledger
import Trading
import Worker

/// Candles of one length.
extension CacheRefreshJob {
    /// A full turn takes this many runs.
    private static let slices = 10

    func refreshCandles(
        _ payload: Payload, _ exchange: any ExchangeClient, _ context: JobContext
    ) async throws -> JobOutput {
        let span = payload.granularity ?? .hour
        let seconds = span.granularity.seconds
        var tally = RefreshTally()
        for product in try await due(try await chosen(payload), span) {
            try Task.checkCancellation()
            let asked = dependencies.now()
            let slot = Int(asked.timeIntervalSince1970) / seconds * seconds
            let answer = await Self.answer { () throws(ExchangeError) in
                try await exchange.candles(
                    product, granularity: span.granularity, from: slot - span.count * seconds, to: slot)
            }
            switch answer {
            case .success(let candles):
                let series = CachedCandles(
                    product: product, granularity: span.granularity, candles: candles, fetchedAt: asked)
                // Stored one by one, so that an attempt that ends early keeps the candles that it has fetched.
                try await dependencies.cache.store(candles: [series], fetchedAt: asked)
                if payload.record == true {
                    try await dependencies.ledger.recordCandles(candles, of: product, timeframe: span.rawValue)
                }
                tally.count(1)
            case .failure(let error) where error.mayConcernOneProduct: tally.fail(product, error)
            case .failure(let error): throw error
            }
            // Stops early when the exchange answers no request.
            if !tally.isAnswered, tally.faults.count >= Self.mostFaults { break }
        }
        return try tally.output("candles", context)
    }

    /// The oldest first: every old one, and a slice of the others when the old ones are few. A product that fails stays
    /// old, and must not be the only one requested.
    private func due(_ products: [ProductID], _ span: CandleSpan) async throws -> [ProductID] {
        let now = dependencies.now()
        let ages = try await dependencies.cache.snapshots(products, granularity: span.granularity)
            .map { (product: $0.product, age: $0.candlesAgeSeconds(at: now)) }
            .sorted { ($1.age, $0.product) < ($0.age, $1.product) }
        let old = ages.count { $0.age > span.oldSeconds }
        let slice = (products.count + Self.slices - 1) / Self.slices
        return ages.prefix(old > slice ? old : old + slice).map(\.product)
    }
}
