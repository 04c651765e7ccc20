import Exchange
import Foundation
import JobQueue
import Ledger
import Trading
import Worker

/// Scores one bot from the cache and records the decision; on BUY or SELL an execution is enqueued with the
/// acknowledgement. An entry of the schedule with `for_each: running_bots` enqueues one such job for each bot.
struct EvaluationJob: Job {
    struct Payload: Decodable, Sendable {
        var botID: Int?
        var scoring: Scoring?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case botID = "bot_id"
            case scoring
        }
    }

    static let arguments: ArgumentRules? = ArgumentRules(
        of: Payload.CodingKeys.self,
        [.bot("bot_id", required: true), .word("scoring", Scoring.allCases.map(\.rawValue))])

    private let dependencies: JobDependencies

    /// How long the first evaluations wait for the first refresh before they hold.
    private static let coldStartMilliseconds: Int64 = 60_000
    static let freshQuoteSeconds: TimeInterval = 60

    init(_ dependencies: JobDependencies) { self.dependencies = dependencies }

    func run(_ payload: Payload, in context: JobContext) async throws -> JobOutput {
        guard let id = payload.botID else {
            throw JobStop.refuse(
                type: "bad-arguments", message: "'bot_id' is not given. Name a bot.")
        }
        do {
            guard let record = try await dependencies.ledger.bot(id) else { throw LedgerError.noSuchBot(id: id) }
            guard record.status == .running else {
                try await storeTrend(of: record)
                return Self.skipped(.botNotRunning)
            }
            return try await evaluate(record, payload.scoring ?? .v2, context)
        } catch LedgerError.noSuchBot {
            // A bot may be deleted while its job waits or runs: then the job has no effect.
            return Self.skipped(.noSuchBot)
        }
    }

    private static func skipped(_ objection: OrderObjection) -> JobOutput {
        JobOutput(result: ResultText.of(["skipped": objection.rawValue]))
    }

    private func evaluate(_ record: BotRecord, _ scoring: Scoring, _ context: JobContext) async throws -> JobOutput {
        do {
            if let fault = record.fault { throw fault }
            guard let bot = record.bot else {
                return try await setAside(record, because: "\(TradingError.productIDMalformed(text: record.pair))")
            }
            let config = try Self.config(of: bot)
            let snapshot = try await snapshot(bot.product)
            if snapshot.candles == nil || snapshot.quote == nil, try await isUnlisted(bot.product) {
                return try await setAside(
                    record,
                    because: "The exchange does not list \(bot.product). Correct the bot's pair; "
                        + "the bot runs again when the exchange lists it.")
            }
            return try await evaluate(record, bot, config, snapshot, scoring, context)
        } catch let error as TradingError {
            return try await markError(record, because: "\(error)")
        } catch LedgerError.unreadable(let row, let column, let value) {
            // A trade or fill of this bot holds a value that no rule can use.
            return try await markError(
                record, because: "\(LedgerError.unreadable(row: row, column: column, value: value))")
        }
    }

    /// A bot that cannot be evaluated does not trade until an operator fixes it: recorded once, at the bot.
    private func markError(_ record: BotRecord, because reason: String) async throws -> JobOutput {
        try await dependencies.ledger.markBotError(record.id, reason: reason)
        try await storeTrend(of: record)
        return JobOutput(result: ResultText.of(["bot": "ERROR", "reason": reason]))
    }

    /// The trend is the pair's: pages show it of a bot that is not evaluated too. Nothing else of the bot is written.
    private func storeTrend(of record: BotRecord) async throws {
        guard dependencies.switches.usesCache, let product = ProductID(rawValue: record.pair) else { return }
        let now = dependencies.now()
        let outlook = try await MarketOutlook(
            of: product, hours: series(of: try await snapshot(product), at: now), cache: dependencies.cache, now: now)
        try await dependencies.ledger.store(outlook.trend, of: product, at: now)
    }

    private func series(of snapshot: MarketSnapshot, at now: Date) -> CandleSeries {
        CandleSeries(
            snapshot.candles?.candles ?? [], granularity: .oneHour, receivedAt: snapshot.candles?.fetchedAt ?? now,
            now: now)
    }

    /// A bot whose configuration is NULL or blank has nothing enabled, as one whose configuration says so.
    private static func config(of bot: Bot) throws(TradingError) -> SignalConfig {
        bot.signalConfig.allSatisfy(\.isWhitespace) ? SignalConfig() : try SignalConfig(json: bot.signalConfig)
    }

    /// The bot waits in ERROR for its product, and makes no requests meanwhile.
    private func setAside(_ record: BotRecord, because reason: String) async throws -> JobOutput {
        guard try await dependencies.ledger.setAside(record, because: reason) else {
            return Self.skipped(.botNotRunning)
        }
        try await storeTrend(of: record)
        return JobOutput(result: ResultText.of(["bot": "ERROR", "reason": reason]))
    }

    private func snapshot(_ product: ProductID) async throws -> MarketSnapshot {
        guard dependencies.switches.usesCache else {
            return MarketSnapshot(product: product, quote: nil, candles: nil)
        }
        return try await dependencies.cache.snapshot(product, granularity: .oneHour)
    }

    /// Whether the exchange's list of products is known and lacks this one. When the exchange has not answered there is
    /// no list.
    private func isUnlisted(_ product: ProductID) async throws -> Bool {
        guard dependencies.switches.usesCache, let listed = try await dependencies.cache.products() else {
            return false
        }
        return !listed.products.contains { $0.id == product }
    }

    private func evaluate(
        _ record: BotRecord, _ bot: Bot, _ config: SignalConfig, _ snapshot: MarketSnapshot, _ scoring: Scoring,
        _ context: JobContext
    ) async throws -> JobOutput {
        let now = dependencies.now()
        let waited = try await context.now() - context.job.envelope.enqueuedMilliseconds
        if scoring == .v2, dependencies.switches.usesCache, snapshot.candles == nil || snapshot.quote == nil,
            waited < Self.coldStartMilliseconds
        {
            throw JobStop.postpone(milliseconds: 2_000, reason: "the cache has nothing of \(bot.product) yet")
        }
        let series = series(of: snapshot, at: now)
        let outlook =
            dependencies.switches.usesCache
            ? try await MarketOutlook(of: bot.product, hours: series, cache: dependencies.cache, now: now) : .unknown
        let past = try await dependencies.ledger.gateRecord(of: bot, forJob: context.id.description, at: now)
        let blend = scoring.blend(config, on: series.history)
        let isBlocked =
            outlook.balance?.isSpent == true
            || Cooldown(minutes: bot.cooldownMinutes, since: past.lastFillAt, now: now).isActive
        let decision = decide(
            blend, scoring, config, reach: record.usesTrendDetection ? outlook.trend.regime.threshold : nil,
            isStale: Self.isStale(series, snapshot, scoring, now), isBlocked: isBlocked)
        let price = snapshot.quote?.quote.mid
        let ruling = ActionGate(bot, scoring: scoring).ruling(
            on: decision.action, at: price ?? .zero, record: past, now: now)
        // Of a bot that is not looked at, what is known stays known.
        let isLookedAt = decision.reason != .blocked
        let score = isLookedAt ? decision.score : record.currentCombinedScore
        let confidence = isLookedAt ? blend.confidence ?? decision.coverage * abs(decision.score) : 0
        let view = EvaluationView(
            of: record, bot, scoring: scoring, action: decision.action, gate: ruling.reason, confidence: confidence,
            signals: scoring.details(config, of: blend, on: series.history), outlook: outlook, price: price,
            lastTradePrice: past.lastTradePrice)
        let stored = try await dependencies.ledger.record(
            Evaluation(
                botID: bot.id, jobID: context.id.description, at: now, score: score,
                isScored: decision.isScored, action: decision.action, confidence: confidence,
                signalScoresJSON: try scores(of: blend),
                metadataJSON: try metadata(decision, ruling, series, scoring, BotIdentity(record)),
                price: price?.doubleValue, confirmationStart: ruling.confirmationStart, view: view))
        if decision.reason == .noWeight { try await reportNothingEnabled(of: record, at: now, context) }
        return try output(of: stored.record, bot, context)
    }

    /// Under legacy scoring a pair without candles is not old but scores 0, and one without a quote is scored by its
    /// candles: the gate lets no order pass without a price.
    private static func isStale(
        _ series: CandleSeries, _ snapshot: MarketSnapshot, _ scoring: Scoring, _ now: Date
    ) -> Bool {
        let isQuoteOld = !(snapshot.quoteAgeSeconds(at: now) <= freshQuoteSeconds)
        switch scoring {
        case .v2: return series.isStale || isQuoteOld
        case .legacy: return !series.candles.isEmpty && (series.isStale || (snapshot.quote != nil && isQuoteOld))
        }
    }

    /// Told once a day, and anew of another configuration: the bot goes on holding. In the old system's words.
    private func reportNothingEnabled(of record: BotRecord, at now: Date, _ context: JobContext) async throws {
        let identity = BotIdentity(record)
        let day = Int(exactly: (now.timeIntervalSince1970 / 86_400).rounded(.down)) ?? 0
        let isBlank = record.signalConfig.allSatisfy(\.isWhitespace)
        try await dependencies.ledger.logError(
            ErrorEntry(
                key: "nothing-enabled:\(record.id):\(identity.createdAt):\(identity.signals):\(day)", source: "bot",
                type: "InvalidConfiguration",
                message: isBlank ? "Invalid signal configuration" : "No enabled signals with valid weights",
                botID: record.id, jobID: context.id.description))
    }

    /// - Parameters:
    ///   - reach: under legacy scoring, how far from zero a score must be, whatever the bot's own thresholds say; nil
    ///     for a bot that does not detect trends.
    ///   - isBlocked: under legacy scoring the market is not looked at then.
    private func decide(
        _ blend: SignalBlend, _ scoring: Scoring, _ config: SignalConfig, reach: Double?, isStale: Bool,
        isBlocked: Bool
    ) -> Decision {
        guard dependencies.switches.usesCache else { return Decision(holdingBecause: .cacheDisabled) }
        let (buy, sell): (Double, Double)
        switch scoring {
        case .v2: (buy, sell) = (config.buyThreshold, config.sellThreshold)
        case .legacy:
            if isBlocked { return Decision(holdingBecause: .blocked) }
            (buy, sell) = reach.map { (-$0, $0) } ?? (config.buyThreshold, config.sellThreshold)
        }
        return Decision(blend, buyThreshold: buy, sellThreshold: sell, isStale: isStale)
    }

    private func scores(of blend: SignalBlend) throws -> String {
        var values: [String: Double] = [:]
        for signal in blend.scores {
            if let score = signal.score, score.isFinite { values[signal.name.rawValue] = score }
        }
        return try CompactJSON.text(values)
    }

    /// The history row's fields beside the score; `gate` decides, also in a second run, whether an order follows.
    private struct Metadata: Codable {
        var reason: String
        var gate: String
        var coverage: Double
        var scoring: String
        var thin: Bool
        /// The bot that decided; by the time of a second run its id may belong to another bot. Missing in older rows.
        var bot: BotIdentity?
    }

    private func metadata(
        _ decision: Decision, _ ruling: ActionGate.Ruling, _ series: CandleSeries, _ scoring: Scoring,
        _ identity: BotIdentity
    ) throws -> String {
        try CompactJSON.text(
            Metadata(
                reason: decision.reason.rawValue, gate: ruling.reason.rawValue, coverage: decision.coverage,
                scoring: scoring.rawValue, thin: series.isThin, bot: identity))
    }

    /// Acts on the stored decision: the first run of the job decided, and the market may have moved since.
    private func output(of record: SignalRecord, _ bot: Bot, _ context: JobContext) throws -> JobOutput {
        let metadata = try JSONDecoder().decode(Metadata.self, from: Data((record.metadataJSON ?? "").utf8))
        let result = ResultText.of([
            "bot": "\(bot.id)", "action": record.action.rawValue, "score": "\(record.score)", "gate": metadata.gate,
            "reason": metadata.reason,
        ])
        guard metadata.gate == ActionGate.Reason.allowed.rawValue, let side = record.action.side else {
            return JobOutput(result: result)
        }
        let order = ExecutionJob.Payload(
            botID: bot.id, product: bot.product, side: side, score: record.score, scores: record.signalScoresJSON,
            decidedAtMilliseconds: record.at.map { Int64($0.timeIntervalSince1970 * 1_000) }, isThin: metadata.thin,
            reason: "signal", bot: metadata.bot)
        var child = NewJob(
            id: try context.id.child("execution"), kind: KindDefinition.execution.kind,
            queue: KindDefinition.execution.queue,
            payload: try JobPayload(order))
        child.freshForMilliseconds = OrderPlanner.decisionAgeMilliseconds
        // One order of a product at a time: the second one is sized by the balances after the first.
        child.options.concurrencyKey = bot.product.rawValue
        return JobOutput(result: result, children: [child])
    }
}

extension KindDefinition {
    /// Reads only the cache; an order follows about three of a hundred.
    public static let evaluation = KindDefinition(
        "evaluation", entityArgument: "bot_id",
        load: { _, _ in KindLoad(orders: KindLoad.Orders(expected: 0.03, most: 1)) },
        make: { GuardedJob(EvaluationJob($0), $0) })
}
