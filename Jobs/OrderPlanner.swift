import Exchange
import Foundation
import JobQueue
import Ledger
import Logging
import Trading
import Worker

/// Turns a decision into one order with a limit, or into a reason not to trade. All numbers are decimals.
struct OrderPlanner: Sendable {
    enum Plan {
        /// The check runs in the step that writes the intent: the plan's conditions must still hold.
        case order(OrderIntent, PlacementCheck)
        /// A reason code.
        case skip(String)
    }

    let dependencies: JobDependencies
    let exchange: any ExchangeClient

    /// Decisions that waited longer are not traded, because the market has changed.
    static let decisionAgeMilliseconds: Int64 = 300_000

    /// How far the clock of the host that decided may be ahead of this one's: twice what a host may be off.
    private static let aheadMilliseconds: Int64 = 4_000

    /// - Throws: `JobStop.postpone` while the cache has no fresh quote and the decision is young enough to wait.
    func plan(_ payload: ExecutionJob.Payload, _ context: JobContext) async throws -> Plan {
        guard let side = payload.side else {
            throw JobStop.refuse(type: "bad-arguments", message: "'side' is missing. Give BUY or SELL.")
        }
        let id: ProductID
        switch try await product(of: payload) {
        case .product(let product): id = product
        case .none(let objection): return .skip(objection.rawValue)
        }
        guard try await age(of: payload, context) <= Self.decisionAgeMilliseconds else {
            return .skip(OrderObjection.staleDecision.rawValue)
        }
        guard dependencies.switches.usesCache else { return .skip(TradingSwitches.cacheDisabled) }
        var draft = Draft(
            payload: payload, side: side, id: id, question: question(payload, id, context), now: dependencies.now())
        // A first check before any request or wait; the same check when the intent is written decides.
        let record = try await dependencies.ledger.placementRecord(draft.question)
        if let objection = draft.admission.objection(to: record) { return .skip(objection) }
        let baseSize: Amount
        switch try await sized(&draft, record) {
        case .skip(let reason): return .skip(reason)
        case .order(let size, _): baseSize = size
        }
        let limit = try draft.limit()
        let client = ClientOrderID(job: context.id.description, leg: "cross", attempt: 0)
        // The job may have waited for the balances.
        draft.now = dependencies.now()
        draft.terms?.now = draft.now
        let admission = draft.admission
        return .order(
            OrderIntent(
                jobID: context.id.description, leg: "cross", attempt: 0, clientOrderID: client.rawValue, product: id,
                side: side, baseSize: baseSize, limitPrice: limit, kind: .limitIOC, createdAt: dependencies.now()),
            PlacementCheck(question: draft.question) { admission.objection(to: $0) })
    }

    /// The objections against sending an order that an earlier run wrote and that the exchange does not list: the same
    /// as against a new one, since the market, the account and the bot may have changed. Its size and limit do not
    /// change.
    ///
    /// It needs no atomic step beside other orders: as long as its intent is undecided they count it.
    /// - Throws: `JobStop.postpone` as `plan`, and while other orders move the balances.
    func objection(
        toSending written: IntentRecord, _ payload: ExecutionJob.Payload, _ context: JobContext
    ) async throws -> String? {
        let intent = written.intent
        guard try await age(of: payload, context) <= Self.decisionAgeMilliseconds else {
            return OrderObjection.staleDecision.rawValue
        }
        guard dependencies.switches.usesCache else { return TradingSwitches.cacheDisabled }
        var same = payload
        same.baseSize = intent.baseSize
        var draft = Draft(
            payload: same, side: intent.side, id: intent.product, question: question(payload, intent.product, context),
            now: dependencies.now(), written: intent.limitPrice)
        let record = try await dependencies.ledger.placementRecord(draft.question)
        if let objection = draft.admission.objection(to: record) { return objection }
        switch try await sized(&draft, record) {
        case .skip(let reason): return reason
        case .order(let baseSize, _):
            guard baseSize == intent.baseSize else { return OrderObjection.tooLarge.rawValue }
        }
        draft.now = dependencies.now()
        draft.terms?.now = draft.now
        let objection = draft.admission.objection(to: try await dependencies.ledger.placementRecord(draft.question))
        guard objection == OrderObjection.outdated.rawValue else { return objection }
        throw JobStop.postpone(milliseconds: 500, reason: "other orders moved the balances while this one was checked")
    }

    /// The size of an order of a product that can be traded now, with its fresh quote.
    /// - Throws: `JobStop.postpone` while the cache has no fresh data of it.
    private func sized(_ draft: inout Draft, _ record: PlacementRecord) async throws -> OrderSizing.Size {
        let listing = try await dependencies.cache.products()?.products
        let product = listing?.first { $0.id == draft.id }
        // A product that the exchange does not list gets no quote, however long the job waits.
        guard listing == nil || product != nil else { return .skip(OrderObjection.notListed.rawValue) }
        guard let product, let quote = try await freshQuote(draft.id) else {
            throw JobStop.postpone(milliseconds: 2_000, reason: "the cache has no fresh data of \(draft.id)")
        }
        guard product.acceptsOrders else { return .skip("NOT_TRADABLE") }
        draft.increment = product.priceIncrement
        draft.terms = OrderTerms(mid: quote.quote.mid, quote: quote, now: draft.now)
        return try await OrderSizing(dependencies: dependencies, exchange: exchange, product: product)
            .size(&draft, record)
    }

    /// An order on its way from decision to intent.
    struct Draft: Sendable {
        let payload: ExecutionJob.Payload
        let side: Side
        let id: ProductID
        let question: PlacementQuestion
        var now: Date
        /// The limit of an earlier run, which the order keeps.
        var written: Amount?
        /// The increment of the product's price; `nil` before the product is known.
        var increment: Amount?
        var terms: OrderTerms?

        /// The limit price; for an order that an earlier run wrote, the more expensive of the written and the present
        /// one.
        func limit() throws -> Amount {
            let limit = try LimitPrice.cap(side, mid: terms?.mid ?? .zero, increment: increment ?? .zero)
            return side == .buy ? max(limit, written ?? .zero) : limit
        }

        var admission: OrderAdmission {
            OrderAdmission(
                origin: payload.origin, side: side, product: id, botID: payload.botID, identity: payload.bot,
                decidedAt: question.decidedAt, now: now, terms: terms)
        }
    }

    private func question(
        _ payload: ExecutionJob.Payload, _ product: ProductID, _ context: JobContext
    ) -> PlacementQuestion {
        let milliseconds = payload.decidedAtMilliseconds ?? context.job.envelope.enqueuedMilliseconds
        // A decision with a time in the future, from a wrong clock, counts as made now.
        let decidedAt = min(Date(timeIntervalSince1970: Double(max(0, milliseconds)) / 1_000), dependencies.now())
        return PlacementQuestion(
            jobID: context.id.description, botID: payload.botID, product: product, decidedAt: decidedAt,
            rebalanceID: payload.rebalance?.id)
    }

    /// Milliseconds since the decision, by the clock that wrote its time: the host's for evaluations, Redis' for
    /// enqueued jobs.
    private func age(of payload: ExecutionJob.Payload, _ context: JobContext) async throws -> Int64 {
        if let decided = payload.decidedAtMilliseconds {
            let now = Int64(dependencies.now().timeIntervalSince1970 * 1_000)
            let (age, isBeyond) = now.subtractingReportingOverflow(decided)
            // A time that lies ahead is of a wrong clock: the decision is as old as its job then.
            if isBeyond || age >= -Self.aheadMilliseconds { return isBeyond ? .max : age }
        }
        return try await context.now() - context.job.envelope.enqueuedMilliseconds
    }

    private enum ProductChoice {
        case product(ProductID)
        /// The payload's bot was deleted, or its pair names no product any more.
        case none(OrderObjection)
    }

    /// - Throws: `JobStop.refuse` when the payload names neither product nor bot: the next attempt would fail in the
    ///   same way.
    private func product(of payload: ExecutionJob.Payload) async throws -> ProductChoice {
        if let product = payload.product { return .product(product) }
        guard let id = payload.botID else {
            throw JobStop.refuse(
                type: "bad-arguments", message: "Neither 'product' nor 'bot_id' is given. Give one of them.")
        }
        guard let record = try await dependencies.ledger.bot(id) else { return .none(.noSuchBot) }
        return ProductID(rawValue: record.pair).map { .product($0) } ?? .none(.botUnusable)
    }

    private func freshQuote(_ id: ProductID) async throws -> CachedQuote? {
        guard let cached = try await dependencies.cache.quotes([id])[id],
            cached.ageSeconds(at: dependencies.now()) <= EvaluationJob.freshQuoteSeconds
        else { return nil }
        return cached
    }
}
