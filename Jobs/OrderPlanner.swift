import Exchange
import Foundation
import JobQueue
import Ledger
import Logging
import Trading
import Worker

/// Turns a decision into one order with a limit, or into a reason not to trade. Everything in decimals.
struct OrderPlanner: Sendable {
    enum Plan {
        case order(OrderIntent)
        /// A reason code.
        case skip(String)
    }

    let dependencies: JobDependencies
    let exchange: any ExchangeClient

    /// Decisions that waited longer are not traded: the market they saw is gone.
    static let decisionAgeMilliseconds: Int64 = 300_000

    /// - Throws: `JobStop.postpone` while the cache has no fresh quote and the decision is young enough to wait.
    func plan(_ payload: ExecutionJob.Payload, _ context: JobContext) async throws -> Plan {
        guard let side = payload.side else {
            throw JobStop.refuse(type: "bad-arguments", message: "'side' is missing. Give BUY or SELL.")
        }
        let bot = try await bot(payload)
        guard let id = payload.product ?? bot?.product else {
            throw JobStop.refuse(
                type: "bad-arguments", message: "Neither 'product' nor 'bot_id' is given. Give one of them.")
        }
        let age = try await age(of: payload, context)
        guard age <= Self.decisionAgeMilliseconds else { return .skip("STALE_DECISION") }
        guard dependencies.switches.usesCache else { return .skip(TradingSwitches.cacheDisabled) }
        guard let product = try await product(id), let quote = try await freshQuote(id) else {
            throw JobStop.postpone(milliseconds: 2_000, reason: "the cache has no fresh data of \(id)")
        }
        guard product.acceptsOrders else { return .skip("NOT_TRADABLE") }
        let size = try await size(payload, side, bot, product, quote)
        guard case .order(let baseSize, let notional) = size else {
            if case .skip(let reason) = size { return .skip(reason.rawValue) }
            return .skip("NO_SIZE")
        }
        let limit = try LimitPrice.cap(side, mid: quote.mid, increment: product.priceIncrement)
        if side == .buy, try await !canPay(baseSize, limit, product) { return .skip("INSUFFICIENT_FUNDS") }
        context.logger.info("order: \(side.rawValue) \(baseSize) \(id) for about \(notional), limit \(limit)")
        let client = ClientOrderID(job: context.id.description, leg: "cross", attempt: 0)
        return .order(
            OrderIntent(
                jobID: context.id.description, leg: "cross", attempt: 0, clientOrderID: client.rawValue, product: id,
                side: side, baseSize: baseSize, limitPrice: limit, kind: .limitIOC, createdAt: dependencies.now()))
    }

    /// Milliseconds since the decision, each in the clock that it was written with: evaluations are dated by the
    /// host's, enqueued jobs by Redis'.
    private func age(of payload: ExecutionJob.Payload, _ context: JobContext) async throws -> Int64 {
        if let decided = payload.decidedAtMilliseconds {
            let now = Int64(dependencies.now().timeIntervalSince1970 * 1_000)
            let (age, isBeyond) = now.subtractingReportingOverflow(decided)
            return isBeyond ? .max : age
        }
        return try await context.now() - context.job.envelope.enqueuedMilliseconds
    }

    private func bot(_ payload: ExecutionJob.Payload) async throws -> Bot? {
        guard let id = payload.botID else { return nil }
        guard let bot = try await dependencies.ledger.bot(id)?.bot else {
            throw JobStop.refuse(
                type: "no-such-bot", message: "There is no bot \(id) with a product. It was deleted, or is broken.")
        }
        return bot
    }

    private func product(_ id: ProductID) async throws -> Product? {
        try await dependencies.cache.products()?.products.first { $0.id == id }
    }

    private func freshQuote(_ id: ProductID) async throws -> Quote? {
        guard let cached = try await dependencies.cache.quotes([id])[id],
            cached.ageSeconds(at: dependencies.now()) <= EvaluationJob.freshQuoteSeconds
        else { return nil }
        return cached.quote
    }

    private func size(
        _ payload: ExecutionJob.Payload, _ side: Side, _ bot: Bot?, _ product: Product, _ quote: Quote
    ) async throws -> PositionSize {
        let holding = side == .sell ? try await available(product.id.base) : .zero
        if let wanted = payload.baseSize { return try given(wanted, side, holding, product, quote) }
        guard let bot else {
            throw JobStop.refuse(
                type: "bad-arguments", message: "Neither 'base_size' nor 'bot_id' is given. Give one of them.")
        }
        return try PositionSize.fixed(
            side, notional: bot.positionSizeUSD, price: quote.mid, holding: holding, product: product,
            isThin: payload.isThin ?? false)
    }

    /// The size that the payload gives, cut to what is held and to the product's step.
    /// - Throws: `JobStop.refuse` for a size that no order can have: it would be none at the next attempt either.
    private func given(
        _ wanted: Amount, _ side: Side, _ holding: Amount, _ product: Product, _ quote: Quote
    ) throws -> PositionSize {
        guard wanted.isPositive, side == .sell || product.baseMaxSize.isZero || wanted <= product.baseMaxSize else {
            throw JobStop.refuse(
                type: "bad-arguments", message: "base_size is \(wanted). Use more than 0, up to \(product.baseMaxSize)."
            )
        }
        let size = try (side == .sell ? min(wanted, holding) : wanted).floored(to: product.baseIncrement)
        let value = try size.times(quote.mid)
        guard size.isPositive else { return .skip(side == .sell ? .nothingToSell : .belowProductMinimum) }
        guard size >= product.baseMinSize, value >= product.quoteMinSize else { return .skip(.belowProductMinimum) }
        return value >= PositionSize.smallestNotional
            ? .order(baseSize: size, notional: value) : .skip(.belowSmallestOrder)
    }

    /// Whether the cash covers the order at its limit, with the taker's fee.
    private func canPay(_ size: Amount, _ limit: Amount, _ product: Product) async throws -> Bool {
        let fee = try await exchange.feeRates().taker
        let cost = try size.times(limit).times(Amount(1) + fee)
        return try await available(product.id.quote) >= cost
    }

    private func available(_ currency: String) async throws -> Amount {
        try await exchange.accounts().first { $0.currency == currency }?.available ?? .zero
    }
}
