import Exchange
import Foundation
import JobQueue
import Ledger
import Trading
import Worker

/// Compares the account with inverse-volatility targets and enqueues executions: sells first; buys after these have
/// finished, with the cash that they brought in. One at a time, and only once an operator has agreed to it.
///
/// With `what` it balances the weights of signals instead, or their figures: see `SignalLearning`.
struct RebalanceJob: Job {
    struct Payload: Codable, Sendable {
        /// What is brought back into balance.
        enum What: String, Codable, Sendable, CaseIterable {
            case portfolio, weights
            case performanceMetrics = "performance-metrics"
        }

        /// The portfolio by default.
        var what: What?
        /// With `weights`: the one bot; all running bots without it.
        var botID: Int?
        /// With `performance-metrics`: only predictions of this pair, and of this regime.
        var pair, regime: String?
        /// Share of equity to be invested, 0 to 0.9; the rest stays cash.
        var grossExposure: Amount?
        /// Whether the sizes of a product's bots bound its target; they do unless this is false.
        var capByBotSize: Bool?
        /// Least share of holdings and targets that must have fresh data, 0 to 1; 1 by default. A product without fresh
        /// data is not traded, and its share of the targets stays cash.
        var freshShare: Amount?
        /// Set in the callback job: the rebalance that it completes, whose id its orders carry.
        var rebalanceID: String?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case what, pair, regime
            case botID = "bot_id"
            case grossExposure = "gross_exposure"
            case capByBotSize = "cap_by_bot_size"
            case freshShare = "fresh_share"
            case rebalanceID = "rebalance_id"
        }

        /// The terms of the payload, else those that an operator agreed on for the ledger, else the strictest.
        /// - Throws: `JobStop.refuse` for invalid shares.
        func terms(_ consent: OperatorConsent) throws -> RebalanceTerms {
            // When the agreed terms are unreadable, the strict ones apply.
            let agreed = consent.terms.flatMap { try? JSONDecoder().decode(Payload.self, from: Data($0.utf8)) }
            let terms = RebalanceTerms(
                gross: try grossExposure ?? agreed?.grossExposure ?? Amount("0.3"),
                isCappedByBots: capByBotSize ?? agreed?.capByBotSize ?? true,
                freshShare: freshShare ?? agreed?.freshShare ?? Amount(1))
            guard !terms.gross.isNegative, try terms.gross <= Amount("0.9") else {
                throw JobStop.refuse(
                    type: "bad-arguments", message: "gross_exposure is \(terms.gross). Use 0 to 0.9.")
            }
            guard !terms.freshShare.isNegative, terms.freshShare <= Amount(1) else {
                throw JobStop.refuse(type: "bad-arguments", message: "fresh_share is \(terms.freshShare). Use 0 to 1.")
            }
            return terms
        }
    }

    static let arguments: ArgumentRules? = ArgumentRules(
        of: Payload.CodingKeys.self,
        [
            .text("gross_exposure", allowed: "Use 0 to 0.9 in quotes, such as \"0.3\".") { text in
                guard let gross = try? Amount(text), let most = try? Amount("0.9") else { return false }
                return !gross.isNegative && gross <= most
            },
            .truth("cap_by_bot_size"),
            .text("fresh_share", allowed: "Use 0 to 1 in quotes, such as \"0.8\".") { text in
                guard let share = try? Amount(text) else { return false }
                return !share.isNegative && share <= Amount(1)
            }, .text("rebalance_id", allowed: "Use the id of a job.") { (try? JobID($0)) != nil },
            .word("what", Payload.What.allCases.map(\.rawValue)), .bot("bot_id"), .product("pair"),
            .text("regime", allowed: "Use a regime, such as \"TRENDING\".") { !$0.isEmpty && $0.count <= 20 },
        ],
        together: ArgumentRules.read(
            by: "what", standard: Payload.What.portfolio.rawValue,
            [
                "gross_exposure": [Payload.What.portfolio.rawValue], "fresh_share": [Payload.What.portfolio.rawValue],
                "cap_by_bot_size": [Payload.What.portfolio.rawValue],
                "rebalance_id": [Payload.What.portfolio.rawValue],
                "bot_id": [Payload.What.weights.rawValue], "pair": [Payload.What.performanceMetrics.rawValue],
                "regime": [Payload.What.performanceMetrics.rawValue],
            ]))

    private let dependencies: JobDependencies

    private static let coldStartMilliseconds: Int64 = 90_000

    init(_ dependencies: JobDependencies) { self.dependencies = dependencies }

    func run(_ payload: Payload, in context: JobContext) async throws -> JobOutput {
        let learning = SignalLearning(dependencies)
        switch payload.what ?? .portfolio {
        case .portfolio: return try await runPortfolio(payload, context)
        case .performanceMetrics:
            let report = try await learning.calculateMetrics(pair: payload.pair, regime: payload.regime)
            return JobOutput(result: try CompactJSON.text(report))
        case .weights:
            guard let bot = payload.botID else {
                return JobOutput(result: try CompactJSON.text(try await learning.updateAll()))
            }
            return JobOutput(result: try CompactJSON.text(try await learning.update(botID: bot)))
        }
    }

    private func runPortfolio(_ payload: Payload, _ context: JobContext) async throws -> JobOutput {
        let consent = try await dependencies.ledger.consent(.rebalance)
        let terms = try payload.terms(consent)
        guard dependencies.switches.usesCache else {
            return JobOutput(result: ResultText.of(["skipped": TradingSwitches.cacheDisabled]))
        }
        do {
            guard consent.isGiven else {
                return JobOutput(result: try CompactJSON.text(try await unconfirmed(terms, context)))
            }
            return try await rebalance(payload, terms, context)
        } catch ExchangeError.rateLimited(let wait) {
            throw await dependencies.refused(for: wait, context)
        } catch LedgerError.fenced(_, let stored, _) {
            throw JobStop.fenced(by: stored)
        }
    }

    /// The report of a rebalance to which no operator has agreed yet: the orders that it would place.
    private func unconfirmed(_ terms: RebalanceTerms, _ context: JobContext) async throws -> RebalanceReport {
        let proposal = try await propose(terms, context)
        var report = proposal.report
        report.orders = proposal.firstOrders.map { RebalanceReport.Order($0) }
        report.skipped = RebalanceObstacle.notConfirmed.rawValue
        report.reason = RebalanceReport.confirmation
        return report
    }

    private func rebalance(
        _ payload: Payload, _ terms: RebalanceTerms, _ context: JobContext
    ) async throws -> JobOutput {
        // Its orders would not be placed, and what was planned before the end of a halt is not traded after it.
        let gate = try await OrderGateStore(broker: dependencies.broker).read()
        if let halt = gate.halts.first {
            return JobOutput(
                result: ResultText.of(["skipped": RebalanceObstacle.halted.rawValue, "reason": halt.sentence]))
        }
        if let hold = gate.hold { throw try await JobStop.held(context, because: hold.sentence) }
        let id = payload.rebalanceID ?? context.id.description
        let claim = RebalanceClaim(dependencies: dependencies, id: id, job: context.id.description)
        switch try await claim.take(fence: context.job.fence) {
        case .granted(let orders, let report):
            if let report { return try output(report, orders, payload, context) }
        case .over(let report):
            return JobOutput(
                result: report.isEmpty ? ResultText.of(["skipped": RebalanceObstacle.over.rawValue]) : report)
        case .taken(let open):
            return JobOutput(
                result: ResultText.of([
                    "skipped": RebalanceObstacle.running.rawValue, "rebalance": open.id,
                    "reason": try await claim.sentence(about: open),
                ]))
        }
        let proposal = try await propose(terms, context)
        let isFollowUp = payload.rebalanceID != nil
        // The sells are done; further sells that the market suggests now wait for the next rebalance.
        let wanted = isFollowUp ? proposal.plan?.buys ?? [] : proposal.firstOrders
        let orders = try wanted.map { try order($0, proposal, terms, id, context) }
        var listed = proposal.report
        listed.orders = zip(wanted, orders).map { RebalanceReport.Order($0, job: $1.jobID) }
        let report = try CompactJSON.text(listed)
        try await dependencies.ledger.recordRebalance(
            id, job: context.id.description, orders: orders, report: report, isOver: orders.isEmpty && !isFollowUp,
            fence: context.job.fence)
        return try output(report, orders, payload, context)
    }

    /// - Throws: `JobStop.postpone` while the cache is still being filled.
    private func propose(_ terms: RebalanceTerms, _ context: JobContext) async throws -> RebalanceProposal {
        let planner = RebalancePlanner(
            dependencies: dependencies, exchange: dependencies.exchange(for: context), terms: terms)
        let proposal = try await planner.propose()
        let waited = try await context.now() - context.job.envelope.enqueuedMilliseconds
        if proposal.fresh < proposal.needed, waited < Self.coldStartMilliseconds {
            throw JobStop.postpone(
                milliseconds: 3_000,
                reason: "the cache has fresh data of \(proposal.fresh) of \(proposal.needed) products")
        }
        return proposal
    }

    private func order(
        _ order: RebalancePlan.Order, _ proposal: RebalanceProposal, _ terms: RebalanceTerms, _ id: String,
        _ context: JobContext
    ) throws -> PlannedOrder {
        let bot = proposal.bots[order.product]?.first
        let payload = ExecutionJob.Payload(
            botID: bot?.id, product: order.product, side: order.side, baseSize: order.baseSize,
            decidedAtMilliseconds: Int64(dependencies.now().timeIntervalSince1970 * 1_000), reason: "rebalance",
            bot: bot.map(BotIdentity.init),
            rebalance: RebalanceOrigin(
                id: id, target: proposal.targets[order.product] ?? .zero, isCappedByBots: terms.isCappedByBots))
        return PlannedOrder(
            jobID: "\(id):\(order.product):\(order.side.rawValue)", payload: try CompactJSON.text(payload))
    }

    /// Acts on the stored report: the first run of the job planned.
    private func output(
        _ report: String, _ orders: [PlannedOrder], _ payload: Payload, _ context: JobContext
    ) throws -> JobOutput {
        let children = try orders.map { order in
            var job = NewJob(
                id: try JobID(order.jobID), kind: KindDefinition.execution.kind,
                queue: KindDefinition.execution.queue,
                payload: try JobPayload(json: order.payload))
            job.freshForMilliseconds = OrderPlanner.decisionAgeMilliseconds
            let execution = try JSONDecoder().decode(ExecutionJob.Payload.self, from: Data(order.payload.utf8))
            job.options.concurrencyKey = execution.product?.rawValue
            return (job, execution.side)
        }
        let sells = payload.rebalanceID == nil && children.contains { $0.1 == .sell }
        return JobOutput(
            result: report, children: children.map(\.0), batch: sells ? try buysAfter(payload, context) : nil)
    }

    /// This job waits for its sells; when all have finished, whatever their result, the buys follow.
    private func buysAfter(_ payload: Payload, _ context: JobContext) throws -> BatchPlan {
        var next = payload
        next.rebalanceID = context.id.description
        let buys = NewJob(
            id: try RebalanceClaim.followUp(of: context.id), kind: context.job.envelope.kind, queue: context.job.queue,
            payload: try JobPayload(next))
        return BatchPlan(followUp: buys, onFailure: .goOn)
    }
}

extension RebalanceProposal {
    /// The sells; the buys when there are no sells.
    var firstOrders: [RebalancePlan.Order] { plan.map { $0.sells.isEmpty ? $0.buys : $0.sells } ?? [] }
}

extension RebalanceReport.Order {
    init(_ order: RebalancePlan.Order, job: String? = nil) {
        self.init(
            product: order.product.rawValue, side: order.side.rawValue, baseSize: order.baseSize,
            notional: order.notional, job: job)
    }
}

extension RebalanceReport {
    /// The instruction for an operator that has not agreed yet.
    public static let confirmation =
        "No operator has agreed that this ledger is rebalanced. "
        + "Look at it with 'flotilla rebalance --dry-run', then agree with 'flotilla rebalance --confirm'."
}

extension KindDefinition {
    /// Reads the accounts; about two orders follow, at most one for each product. Weights and figures of signals need
    /// only the ledger.
    public static let rebalance = KindDefinition(
        "rebalance",
        load: { given, products in
            guard given.what == nil || given.what == RebalanceJob.Payload.What.portfolio.rawValue else {
                return KindLoad(given.what)
            }
            return KindLoad(calls: 1, orders: KindLoad.Orders(expected: 2, most: products))
        },
        make: { GuardedJob(RebalanceJob($0), $0) })
}
