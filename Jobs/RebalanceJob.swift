import Exchange
import Foundation
import JobQueue
import Ledger
import Trading
import Worker

/// Compares holdings with inverse-volatility targets and enqueues executions: sells first; buys when those are over,
/// with the cash that really came in.
struct RebalanceJob: Job {
    struct Payload: Codable, Sendable {
        /// Share of equity to be invested, 0 to 0.9; the rest stays cash.
        var grossExposure: Amount?
        /// Set in the follow-up: the rebalance that it ends, whose id its orders carry.
        var rebalanceID: String?

        enum CodingKeys: String, CodingKey {
            case grossExposure = "gross_exposure"
            case rebalanceID = "rebalance_id"
        }
    }

    private let dependencies: JobDependencies

    private static let coldStartMilliseconds: Int64 = 90_000
    private static let minimumCandles = 60

    init(_ dependencies: JobDependencies) { self.dependencies = dependencies }

    func run(_ payload: Payload, in context: JobContext) async throws -> JobOutput {
        do {
            return try await rebalance(payload, context)
        } catch ExchangeError.rateLimited(let wait) {
            throw await dependencies.refused(for: wait, context)
        }
    }

    private func rebalance(_ payload: Payload, _ context: JobContext) async throws -> JobOutput {
        let gross = try payload.grossExposure ?? Amount("0.3")
        guard !gross.isNegative, try gross <= Amount("0.9") else {
            throw JobStop.refuse(type: "bad-arguments", message: "gross_exposure is \(gross). Use 0 to 0.9.")
        }
        guard dependencies.switches.usesCache else {
            return JobOutput(result: ResultText.of(["skipped": TradingSwitches.cacheDisabled]))
        }
        let bots = try await botsByProduct()
        let market = try await market(of: bots.keys.sorted(), context)
        guard !market.isEmpty else { return JobOutput(result: ResultText.of(["skipped": "NO_FRESH_DATA"])) }
        let (cash, positions) = try await positions(market, gross, context)
        let plan = try RebalancePlan(cash: cash, positions: positions)
        let isFollowUp = payload.rebalanceID != nil
        let orders = isFollowUp || plan.sells.isEmpty ? plan.buys : plan.sells
        let id = payload.rebalanceID ?? context.id.description
        let children = try orders.map { try execution($0, bots[$0.product], id, context) }
        let sellsFirst = !isFollowUp && !plan.sells.isEmpty
        return JobOutput(
            result: ResultText.of([
                "equity": plan.equity.description, "orders": "\(orders.count)", "products": "\(positions.count)",
            ]), children: children, batch: sellsFirst ? try buysAfter(payload, context) : nil)
    }

    /// This job waits for its sells; when all are over, whatever became of them, the buys follow.
    private func buysAfter(_ payload: Payload, _ context: JobContext) throws -> BatchPlan {
        var next = payload
        next.rebalanceID = context.id.description
        let buys = NewJob(
            id: try context.id.child("buys"), kind: context.job.envelope.kind, queue: context.job.queue,
            payload: try JobPayload(next))
        return BatchPlan(followUp: buys, onFailure: .goOn)
    }

    /// Each product with the bot that trades it; the one of the smallest id where several do.
    private func botsByProduct() async throws -> [ProductID: Int] {
        var bots: [ProductID: Int] = [:]
        for record in try await dependencies.ledger.runningBots() {
            if let product = record.bot?.product, bots[product] == nil { bots[product] = record.id }
        }
        return bots
    }

    private struct Market {
        let product: Product
        let mid: Amount
        let volatility: Double
    }

    /// The products that have a fresh quote and enough candles; the rest is left as it is.
    private func market(of ids: [ProductID], _ context: JobContext) async throws -> [Market] {
        let now = dependencies.now()
        let products = try await dependencies.cache.products()?.products ?? []
        let byID = Dictionary(products.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        var market: [Market] = []
        for snapshot in try await dependencies.cache.snapshots(ids, granularity: .oneHour) {
            guard let product = byID[snapshot.product], product.acceptsOrders, let quote = snapshot.quote?.quote,
                snapshot.quoteAgeSeconds(at: now) <= EvaluationJob.freshQuoteSeconds, let cached = snapshot.candles
            else { continue }
            let series = CandleSeries(
                cached.candles, granularity: .oneHour, receivedAt: cached.fetchedAt, now: now)
            guard series.candles.count >= Self.minimumCandles, !series.isStale else { continue }
            let volatility = InverseVolatility.volatility(hourlyCloses: series.history.closes)
            market.append(Market(product: product, mid: quote.mid, volatility: volatility))
        }
        let waited = try await context.now() - context.job.envelope.enqueuedMilliseconds
        if market.count < ids.count, waited < Self.coldStartMilliseconds {
            throw JobStop.postpone(
                milliseconds: 3_000, reason: "the cache has fresh data of \(market.count) of \(ids.count) products")
        }
        return market
    }

    private func positions(
        _ market: [Market], _ gross: Amount, _ context: JobContext
    ) async throws -> (cash: Amount, [RebalancePosition]) {
        let accounts = try await dependencies.exchange(for: context).accounts()
        let held = Dictionary(accounts.map { ($0.currency, $0) }, uniquingKeysWith: { $1 })
        let weights = InverseVolatility.weights(volatilities: market.map(\.volatility))
        let cap = try Amount("0.1")
        let positions = try zip(market, weights).map { entry, weight in
            let target = try InverseVolatility.amount(ofWeight: weight).times(gross)
                .floored(to: try Amount("0.00000001"))
            let account = held[entry.product.id.base]
            return RebalancePosition(
                product: entry.product.id, price: entry.mid, baseIncrement: entry.product.baseIncrement,
                quantity: (account?.available ?? .zero) + (account?.hold ?? .zero), target: min(target, cap),
                minimumNotional: entry.product.quoteMinSize)
        }
        return (held["USD"]?.available ?? .zero, positions)
    }

    private func execution(
        _ order: RebalancePlan.Order, _ bot: Int?, _ rebalance: String, _ context: JobContext
    ) throws -> NewJob {
        let payload = ExecutionJob.Payload(
            botID: bot, product: order.product, side: order.side, baseSize: order.baseSize, reason: "rebalance")
        var job = NewJob(
            id: try JobID("\(rebalance):\(order.product):\(order.side.rawValue)"), kind: try JobKind("execution"),
            queue: try QueueName("execution"), payload: try JobPayload(payload))
        job.freshForMilliseconds = OrderPlanner.decisionAgeMilliseconds
        job.options.capKey = order.product.rawValue
        return job
    }
}
