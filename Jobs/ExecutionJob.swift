import Exchange
import Foundation
import JobQueue
import Ledger
import Logging
import Trading
import Worker

/// Places one order, once, however often it runs, and records its fills.
///
/// The order's client id is derived from the job's id; the job writes the intent before it sends the order; a run that
/// finds an intent asks the exchange before it sends the same order again. With `reconcile` it places no order and
/// settles open and unknown ones (`Reconciliation`).
struct ExecutionJob: Job {
    struct Payload: Codable, Sendable {
        var botID: Int?
        var product: ProductID?
        var side: Side?
        /// Base units, as a decimal; without it the bot's own size.
        var baseSize: Amount?
        var score: Double?
        var scores: String?
        /// When the decision was made, unix ms: an old decision is not traded.
        var decidedAtMilliseconds: Int64?
        var isThin: Bool?
        /// `signal` or `rebalance`; none for an order of an operator.
        var reason: String?
        /// The bot that decided. Without it, from an older version, the bot must have existed at the decision.
        var bot: BotIdentity?
        /// The rebalance that planned it, and its target.
        var rebalance: RebalanceOrigin?
        var reconcile: Bool?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case botID = "bot_id"
            case product, side
            case baseSize = "base_size"
            case score, scores
            case decidedAtMilliseconds = "decided_at_ms"
            case isThin = "thin"
            case reason, bot, rebalance, reconcile
        }
    }

    static let arguments: ArgumentRules? = ArgumentRules(
        of: Payload.CodingKeys.self,
        [
            .bot("bot_id"), .product("product"), .word("side", Side.allCases.map(\.rawValue)),
            .text("base_size", allowed: "Use a decimal above 0 in quotes, such as \"0.01\".") {
                (try? Amount($0))?.isPositive == true
            },
            .number("score", -1e300...1e300, allowed: "Use a number."), .text("scores", allowed: "Use a text."),
            .integer("decided_at_ms", .min ... .max, example: 1_760_000_000_000), .truth("thin"),
            .text("reason", allowed: "Use a text."), .truth("reconcile"),
            .members("bot", ["created_at", "signals"], allowed: "Leave it out: evaluations give it.") { _, value in
                if case .text = value { true } else { false }
            },
            .members(
                "rebalance", ["id", "target", "capped_by_bots"], allowed: "Leave it out: rebalances give it."
            ) { name, value in
                switch value {
                case .text(let text): name == "id" || name == "target" && (try? Amount(text)) != nil
                case .truth: name == "capped_by_bots"
                default: false
                }
            },
        ],
        together: { given in
            guard given["reconcile"] != .truth(true) else {
                return given.keys.sorted().filter { $0 != "reconcile" }.map {
                    ArgumentProblem($0, "'\($0)' is not for a reconciliation, which is of all orders. Leave it out.")
                }
            }
            var problems: [ArgumentProblem] = []
            if given["side"] == nil { problems.append(ArgumentProblem(nil, "'side' is missing. Use BUY or SELL.")) }
            if given["bot_id"] == nil, given["product"] == nil {
                problems.append(ArgumentProblem(nil, "'bot_id' and 'product' are missing. Give one of them."))
            } else if given["bot_id"] == nil, given["base_size"] == nil {
                problems.append(ArgumentProblem(nil, "'bot_id' and 'base_size' are missing. Give one of them."))
            }
            return problems
        })

    let dependencies: JobDependencies

    init(_ dependencies: JobDependencies) { self.dependencies = dependencies }

    func run(_ payload: Payload, in context: JobContext) async throws -> JobOutput {
        let exchange = dependencies.exchange(for: context)
        do {
            if payload.reconcile == true {
                return try await Reconciliation(dependencies: dependencies, exchange: exchange).run(context)
            }
            if let known = try await dependencies.ledger.intent(jobID: context.id.description) {
                return try await goOn(with: known, payload, exchange, context)
            }
            try await dependencies.switches.checkOrders(context)
            if let objection = try await GateCheck(payload, dependencies, context).beforePlanning() {
                return JobOutput(result: objection.result())
            }
            return try await begin(payload, exchange, context)
        } catch ExchangeError.rateLimited(let wait) {
            throw await dependencies.refused(for: wait, context)
        } catch LedgerError.fenced(_, let stored, _) {
            throw JobStop.fenced(by: stored)
        }
    }

    /// How often an order is planned again because another one has moved the balances meanwhile.
    private static let rounds = 4

    /// Plans the order, writes its intent unless there is an objection by now, and sends it.
    private func begin(
        _ payload: Payload, _ exchange: any ExchangeClient, _ context: JobContext
    ) async throws -> JobOutput {
        let planner = OrderPlanner(dependencies: dependencies, exchange: exchange)
        for _ in 0..<Self.rounds {
            switch try await planner.plan(payload, context) {
            case .skip(let reason): return JobOutput(result: ResultText.of(["skipped": reason]))
            case .order(let intent, let check):
                let begun = try await dependencies.ledger.beginIntent(
                    intent, botID: payload.botID, signalScore: payload.score, signalScoresJSON: payload.scores,
                    fence: context.job.fence, check: check)
                switch begun {
                case .begun(let record), .existing(let record):
                    let limit = intent.limitPrice.map { "\($0)" } ?? "none"
                    context.logger.info(
                        "order: \(intent.side.rawValue) \(intent.baseSize) \(intent.product), limit \(limit)")
                    return try await send(record, payload, exchange, context)
                case .refused(OrderObjection.outdated.rawValue): continue
                case .refused(let reason): return JobOutput(result: ResultText.of(["skipped": reason]))
                }
            }
        }
        throw JobStop.postpone(milliseconds: 500, reason: "other orders moved the balances while this one was planned")
    }

    /// Continues after an earlier run that wrote the intent and may have sent the order: asks the exchange before
    /// sending.
    private func goOn(
        with record: IntentRecord, _ payload: Payload, _ exchange: any ExchangeClient, _ context: JobContext
    ) async throws -> JobOutput {
        let search = OrderSearch(exchange: exchange)
        if let orderID = record.orderID { return try await settle(orderID, record, exchange, context) }
        if record.state.isTerminal { return JobOutput(result: ResultText.of(["order": record.state.rawValue])) }
        for round in 0..<2 {
            if let found = try await search.order(of: record) {
                try search.compare(found, with: record)
                return try await settle(found.orderID, record, exchange, context)
            }
            // An order that was just accepted may take a moment to be listed.
            if round == 0 { try await context.sleep(for: .seconds(5)) }
        }
        if let objection = try await GateCheck(payload, dependencies, context).beforeSending() {
            return try await leave(record, because: objection, context)
        }
        let planner = OrderPlanner(dependencies: dependencies, exchange: exchange)
        if let reason = try await planner.objection(toSending: record, payload, context) {
            let state = try await close(record, because: reason, context)
            return JobOutput(result: ResultText.of(["skipped": reason, "order": state.rawValue]))
        }
        return try await send(record, payload, exchange, context)
    }

    /// Gives up an order that a halt keeps from being sent.
    private func leave(
        _ record: IntentRecord, because objection: GateCheck.Objection, _ context: JobContext
    ) async throws -> JobOutput {
        let state = try await close(record, because: objection.sentence, context)
        return JobOutput(result: objection.result(order: state))
    }

    /// Gives up an order that the exchange does not list and that would not be placed any more. While it may still
    /// appear at the exchange it counts as exposure, and its bot waits: reconciliation closes it.
    private func close(
        _ record: IntentRecord, because reason: String, _ context: JobContext
    ) async throws -> OrderState {
        // An order in state INTENT was never sent. A sent order may only be late.
        let state: OrderState = record.state == .intent ? .failed : .unknown
        try await dependencies.ledger.markIntent(
            record.intent.clientOrderID, state: state, reason: "not sent again: \(reason)", fence: context.job.fence)
        return state
    }

    private func send(
        _ record: IntentRecord, _ payload: Payload, _ exchange: any ExchangeClient, _ context: JobContext
    ) async throws -> JobOutput {
        // The intent of an earlier run that never reached the exchange gets here without planning.
        try await dependencies.switches.checkOrders(context)
        let gate = GateCheck(payload, dependencies, context)
        if let objection = try await gate.beforeSending() {
            return try await leave(record, because: objection, context)
        }
        let ledger = dependencies.ledger
        let id = record.intent.clientOrderID
        guard let limit = record.intent.limitPrice else {
            throw JobStop.refuse(
                type: "bad-intent", message: "Order \(id) was written down without a limit. It is not sent.")
        }
        // Before the last checks, because a token may be long in coming.
        try await dependencies.takeToken(for: context)
        let news = TradeAnnouncement(dependencies: dependencies, record: record, context: context)
        await news.tell(.starting)
        try await ledger.markIntent(id, state: .sent, fence: context.job.fence)
        await news.tell(.placing)
        // The last moment at which the job can detect that another worker has it, or that orders are halted.
        try await context.checkLease()
        if let objection = try await gate.beforeSending() {
            await news.tell(.failed, reason: objection.sentence)
            return try await leave(record, because: objection, context)
        }
        let placed: PlacedOrder
        do {
            placed = try await dependencies.paidExchange().place(
                OrderRequest(
                    clientOrderID: ClientOrderID(rawValue: id), product: record.intent.product,
                    side: record.intent.side,
                    configuration: .sorLimitIOC(baseSize: record.intent.baseSize, limitPrice: limit)))
        } catch ExchangeError.refused(let code, let message) {
            try await ledger.markIntent(id, state: .failed, reason: "\(code): \(message)", fence: context.job.fence)
            await news.tell(.failed, reason: "\(code): \(message)")
            if code == .insufficientFund { return JobOutput(result: ResultText.of(["refused": "\(code)"])) }
            throw JobStop.refuse(
                type: "order-refused", message: "The exchange refused order \(id) with \(code): \(message).")
        } catch ExchangeError.outcomeUnknown(_, let reason) {
            try await ledger.markIntent(id, state: .unknown, reason: reason, fence: context.job.fence)
            await news.tell(.failed, reason: "It is unknown whether the exchange has the order: it is asked again.")
            throw JobStop.failNotBefore(
                milliseconds: 5_000, type: "order-outcome-unknown",
                message:
                    "It is unknown whether order \(id) exists: \(reason). The next attempt asks the exchange first.")
        }
        return try await settle(placed.orderID, record, exchange, context, isNew: true)
    }

    /// Records the exchange's state of the order; its fills are stored once, however often and in whatever worker this
    /// runs.
    /// - Parameter isNew: whether this run has placed it.
    private func settle(
        _ orderID: String, _ record: IntentRecord, _ exchange: any ExchangeClient, _ context: JobContext,
        isNew: Bool = false
    ) async throws -> JobOutput {
        let news = TradeAnnouncement(dependencies: dependencies, record: record, context: context)
        let order = try await exchange.order(orderID)
        let rests = !order.report.state.isTerminal
        if isNew {
            if rests { await news.tell(.pending, orderID: orderID) }
            await news.tell(.placed, orderID: orderID)
        }
        await news.tell(.recording, orderID: orderID)
        let fills = try await exchange.fills(orderID: orderID)
        let filled = try await dependencies.ledger.recordFills(
            fills.map(\.report), of: order.report, botID: record.botID, jobID: context.id.description,
            fence: context.job.fence)
        let trade = filled.tradeID
        if rests { await news.tell(.resting, orderID: orderID, trade: trade) }
        await StatusAnnouncement(dependencies: dependencies, context: context).tell(order, filled)
        if filled.filledSize.isPositive {
            await news.tell(.completed, orderID: orderID, trade: trade, filled: filled)
        } else if !rests {
            await news.tell(
                .failed, orderID: orderID, trade: trade, reason: "The exchange ended it without a fill.")
        }
        // Quotes of the product are refreshed from now on, even if its bot is deleted.
        if record.intent.side == .buy, filled.filledSize.isPositive {
            try await dependencies.ledger.noteHeldProduct(record.intent.product)
        }
        return JobOutput(
            result: ResultText.of([
                "order": orderID, "status": order.status.rawValue, "filled": filled.filledSize.description,
                "notional": filled.notional.description, "commission": filled.commission.description,
            ]))
    }
}

extension GateCheck.Objection {
    /// The result of a job whose order is not placed.
    /// - Parameter order: the state of the order, when it was written down.
    fileprivate func result(order: OrderState? = nil) -> String {
        var members = ["skipped": code.rawValue, "reason": sentence]
        if let order { members["order"] = order.rawValue }
        return ResultText.of(members)
    }
}

/// Finds an order by its client id: the exchange has no such request, so the search compares its list.
struct OrderSearch: Sendable {
    let exchange: any ExchangeClient

    /// Nil when the exchange does not list it.
    func order(of record: IntentRecord) async throws -> ExchangeOrder? {
        let since = record.intent.createdAt.addingTimeInterval(-60)
        return try await exchange.orders(product: record.intent.product, since: since)
            .first { $0.clientOrderID.rawValue == record.intent.clientOrderID }
    }

    /// - Throws: `JobStop.refuse` when the exchange's order under the client id differs from the intent: an operator
    ///   must check.
    func compare(_ order: ExchangeOrder, with record: IntentRecord) throws {
        let intent = record.intent
        guard order.product == intent.product, order.side == intent.side,
            order.configuration.baseSize == intent.baseSize,
            order.configuration.limitPrice == intent.limitPrice
        else {
            throw JobStop.refuse(
                type: "order-differs",
                message:
                    "The exchange holds another order under \(intent.clientOrderID) than was meant. Compare them."
            )
        }
    }
}

extension ExchangeOrder {
    /// The order in the ledger's form.
    var report: OrderReport {
        OrderReport(
            orderID: orderID, clientOrderID: clientOrderID.rawValue, product: product, side: side, state: state,
            createdAt: createdAt)
    }

    private var state: OrderState {
        switch status {
        case .filled: .filled
        case .cancelled: .cancelled
        case .expired: .expired
        case .failed: .failed
        case .pending, .open, .queued, .cancelQueued, .editQueued, .unknown: .open
        }
    }
}

extension Fill {
    /// The fill in the ledger's form.
    var report: FillReport {
        FillReport(
            fillID: entryID, size: size, sizeInQuote: sizeInQuote, price: price, commission: commission, at: time)
    }
}

extension KindDefinition {
    /// Fee rates, accounts, place, order, fills; a sale takes one call fewer. The count of calls is high on purpose: of
    /// 42 executions after 585 evaluations of the demo, 36 found no holding to sell after one call. A reconciliation
    /// takes two more for each order that is open.
    public static let execution = KindDefinition(
        "execution", placesOrders: true, catchesUp: false,
        load: { given, _ in given.isReconciliation ? KindLoad("reconcile", calls: 1) : KindLoad(calls: 5) },
        make: { GuardedJob(ExecutionJob($0), $0) })
}
