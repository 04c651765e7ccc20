import Exchange
public import Foundation
public import JobQueue
import Ledger
import Trading

/// Why a bot does not trade, in words. Pure: the rules that decide are those of evaluations and orders.
public struct BotStanding: Sendable {
    /// Something else that it waits for.
    public enum Next: Sendable, Equatable {
        /// Its evaluations do not come.
        case evaluation
        /// The job of its order.
        case execution(JobID)
    }

    /// A word that stays the same for the same cause, such as `bot-stopped`.
    public let cause: String
    /// Without its full stop.
    public let sentence: String
    /// What it rests on, without full stops, each with its place and time.
    public private(set) var facts: [(text: String, source: String, at: Date?)] = []
    /// What a person can do; nil when it passes by itself.
    public let remedy: String?
    /// Nil when this is the whole answer.
    public let next: Next?

    fileprivate init(_ cause: String, _ sentence: String, remedy: String? = nil, next: Next? = nil) {
        self.cause = cause
        self.sentence = sentence
        self.remedy = remedy
        self.next = next
    }

    /// The first thing that stands against a trade.
    public init(_ facts: BotFacts) {
        self =
            facts.stopped ?? facts.switched ?? facts.gated ?? facts.unevaluated ?? facts.stale ?? facts.holding
            ?? facts.unsized ?? facts.obstructed ?? facts.confirming ?? facts.moving ?? facts.trading
        self.facts = facts.lines
    }
}

extension BotFacts {
    private var who: String { "bot \(record.id) '\(record.name)'" }
    private var action: Action { newest?.action ?? .hold }
    private var note: DecisionNote { DecisionNote(newest) }
    private var price: Amount? { snapshot?.quote?.quote.mid }

    private func age(_ date: Date) -> String { Self.text(max(0, now.timeIntervalSince(date))) }

    /// Seconds as people read them.
    static func text(_ seconds: TimeInterval) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "an unknown time" }
        let whole = Int(seconds)
        if whole < 60 { return "\(whole)s" }
        return whole < 3_600 ? "\(whole / 60)m\(whole % 60)s" : "\(whole / 3_600)h\(whole % 3_600 / 60)m"
    }

    /// What the answer rests on, whatever it is.
    fileprivate var lines: [(text: String, source: String, at: Date?)] {
        var lines: [(text: String, source: String, at: Date?)] = []
        if let newest {
            let gate = note.gate.map { ", gate \($0)" } ?? ""
            lines.append(
                (
                    "newest evaluation: \(newest.action.rawValue), score \(Self.rounded(newest.score)), reason "
                        + "\(note.reason ?? "-")\(gate)", "ledger", newest.at
                ))
        }
        lines.append(("\(who) trades \(record.pair), status \(record.status.rawValue)", "ledger", record.updatedAt))
        if let quote = snapshot?.quote {
            lines.append(("quote of \(record.pair): \(quote.quote.mid)", "cache", quote.fetchedAt))
        }
        if let lastSkip {
            lines.append(("its last order was not placed: \(lastSkip.reason)", "job in Redis", lastSkip.at))
        }
        if let stoppedBy {
            lines.append(("\(stoppedBy.action) by \(stoppedBy.who)", "operator log", stoppedBy.at))
        }
        return lines
    }

    private static func rounded(_ value: Double) -> String {
        value.isFinite ? "\((value * 1_000).rounded() / 1_000)" : "unknown"
    }

    fileprivate var stopped: BotStanding? {
        let start = "Let it run from the dashboard, or by its status in the ledger."
        switch record.status {
        case .running: break
        case .stopped:
            let by = stoppedBy.map { " by \($0.who)" } ?? ""
            let undo = stoppedBy.map { "Let it run again with: flotilla operations undo \($0.id)" }
            return BotStanding(
                "bot-stopped", "\(who) is stopped\(by): it is neither evaluated nor traded", remedy: undo ?? start)
        case .error:
            let reason = error?.reason ?? "another program set that status"
            let waits = error?.waitsForProduct == true ? "; it runs again when the exchange lists its product" : ""
            return BotStanding(
                "bot-error", "\(who) is in ERROR: \(reason)\(waits)", remedy: "Mend it, and start it again.")
        }
        guard let fault = record.fault else { return nil }
        return BotStanding("bot-unusable", "\(who) cannot trade: \(fault)", remedy: "Correct that setting of the bot.")
    }

    fileprivate var switched: BotStanding? {
        if switchedOff.contains("TRADING_ENABLED") {
            return BotStanding(
                "trading-disabled", "\(who) trades nothing: TRADING_ENABLED is false, so no order is placed",
                remedy: "Set TRADING_ENABLED to true and start the workers again.")
        }
        guard switchedOff.contains("CACHE_ENABLED") else { return nil }
        return BotStanding(
            "cache-disabled", "\(who) holds: CACHE_ENABLED is false, so no decision looks at the market",
            remedy: "Set CACHE_ENABLED to true and start the workers again.")
    }

    /// A halt that covers what it wants, or the hold after an unclean stop.
    fileprivate var gated: BotStanding? {
        if let halt = orders.halts.first(where: { $0.level == .all || action.side == .buy }) {
            return BotStanding(
                "halted", "\(who) trades nothing: \(halt.sentence)",
                remedy: "Orders go on with: flotilla resume orders")
        }
        return orders.hold.map { BotStanding("held", "\(who) trades nothing: \($0.sentence)") }
    }

    fileprivate var unevaluated: BotStanding? {
        guard let at = record.lastEvaluation else {
            return BotStanding("not-evaluated", "\(who) was never evaluated", next: .evaluation)
        }
        // Three turns of the schedule may pass before an evaluation counts as missing.
        let patience = max(60, Double(everyMilliseconds ?? 100_000) * 3 / 1_000)
        guard now.timeIntervalSince(at) > patience else { return nil }
        return BotStanding("not-evaluated", "\(who) was evaluated last \(age(at)) ago", next: .evaluation)
    }

    fileprivate var stale: BotStanding? {
        guard let snapshot else { return nil }
        let quoteAge = snapshot.quoteAgeSeconds(at: now)
        let limit = EvaluationJob.freshQuoteSeconds
        let series = CandleSeries(
            snapshot.candles?.candles ?? [], granularity: .oneHour, receivedAt: snapshot.candles?.fetchedAt ?? now,
            now: now)
        let what: String
        if snapshot.quote == nil {
            what = "the cache holds no quote of \(record.pair)"
        } else if !(quoteAge <= limit) {
            what =
                "the cache's quote of \(record.pair) is \(Self.text(quoteAge)) old, and decisions need one of "
                + "\(Int(limit)) s"
        } else if snapshot.candles == nil {
            what = "the cache holds no hourly candles of \(record.pair)"
        } else if series.isStale {
            what = "the newest hourly candle of \(record.pair) in the cache is too old for a decision"
        } else {
            return nil
        }
        return BotStanding(
            "stale-cache", "\(who) holds: \(what); it decides again once a refresh has brought a new one",
            remedy: "Ask why refreshes do not come: flotilla why \(KindDefinition.cacheRefresh.queue)")
    }

    fileprivate var holding: BotStanding? {
        guard action == .hold else { return nil }
        let config = try? SignalConfig(json: record.signalConfig)
        let score = Self.rounded(newest?.score ?? 0)
        let why: String
        switch note.reason.flatMap(Decision.Reason.init(rawValue:)) {
        case .betweenThresholds:
            let (buy, sell) = (config?.buyThreshold ?? -0.05, config?.sellThreshold ?? 0.05)
            why =
                "its score \(score) lies between its thresholds \(Self.rounded(buy)) to buy and "
                + "\(Self.rounded(sell)) to sell"
        case .noWeight: why = "none of its signals is enabled with a weight"
        case .lowCoverage: why = "less than half of its signals have a score"
        case .lowConfidence: why = "its signals are not sure enough"
        case .notFinite: why = "its score or a threshold is no number"
        case .cacheDisabled: why = "its newest decision was made without the cache"
        case .stale: why = "the market data of its newest decision was too old"
        case .blocked: why = "it cools down, or its account can neither buy nor sell"
        case .threshold, nil: why = "its newest evaluation says HOLD"
        }
        return BotStanding("hold", "\(who) holds: \(why); it trades when its score reaches one of them")
    }

    /// A size that no order can have, or that the account cannot pay.
    fileprivate var unsized: BotStanding? {
        guard let side = action.side, let product, let price, let bot = record.bot else { return nil }
        let size = try? PositionSize.fixed(
            side, notional: bot.positionSizeUSD, price: price, holding: balance?.base ?? .zero, product: product,
            isThin: false)
        if case .skip(let skip) = size {
            switch skip {
            case .nothingToSell:
                guard balance != nil else { return nil }
                return BotStanding(
                    "nothing-to-sell", "\(who) wants to sell, and the account holds no \(product.id.base)")
            case .belowProductMinimum, .belowSmallestOrder, .unusable:
                let least = max(PositionSize.smallestNotional, product.quoteMinSize)
                return BotStanding(
                    "below-minimum",
                    "\(who) wants to \(side == .buy ? "buy" : "sell"), and its order would be below the minimum: its "
                        + "size is \(bot.positionSizeUSD) USD, and \(least) are the least (\(skip.rawValue))",
                    remedy: "Raise the size of the bot.")
            }
        }
        guard side == .buy, let balance, balance.quote < bot.positionSizeUSD else { return nil }
        return BotStanding(
            "no-funds",
            "\(who) wants to buy, and the account has \(balance.quote) \(product.id.quote) free of the "
                + "\(bot.positionSizeUSD) that it orders for")
    }

    /// An order that is under way, or the pause after one.
    fileprivate var obstructed: BotStanding? {
        guard let bot = record.bot, action != .hold else { return nil }
        switch ActionGate(bot).obstacle(at: nil, record: gate, now: now) {
        case .openOrder:
            let order = unsettled.first
            let state = order.map { "order \($0.intent.clientOrderID) is \($0.state.rawValue)" } ?? "an order is open"
            return BotStanding(
                "open-order", "\(who) waits for its order: \(state), and another may not begin meanwhile",
                remedy: order.map { "Ask on with: flotilla why \($0.intent.clientOrderID)" })
        case .coolingDown:
            let left = Cooldown(minutes: bot.cooldownMinutes, since: gate.lastFillAt, now: now).remainingMinutes
            let since = gate.lastFillAt.map(age) ?? "a while"
            return BotStanding(
                "cooling",
                "\(who) cools down for \(left) more minutes: its last fill was \(since) ago, and it pauses "
                    + "\(bot.cooldownMinutes) minutes after each")
        case .botNotRunning, .allowed, .hold, .confirming, .priceStep, .priceUnusable, nil: return nil
        }
    }

    private var ruling: ActionGate.Reason? {
        guard let bot = record.bot, let price else { return nil }
        let scoring = note.scoring.flatMap(Scoring.init(rawValue:)) ?? .v2
        return ActionGate(bot, scoring: scoring).ruling(on: action, at: price, record: gate, now: now).reason
    }

    fileprivate var confirming: BotStanding? {
        guard ruling == .confirming else { return nil }
        // An order that was let through and refused begins the confirmation anew: the refusal is what counts.
        if let lastSkip, now.timeIntervalSince(lastSkip.at) < 3_600 {
            return BotStanding(
                "order-skipped",
                "\(who) decided \(action.rawValue) \(age(lastSkip.at)) ago, and its order was not placed: "
                    + "\(lastSkip.reason); it confirms the next one",
                remedy: lastOrder.map { "Look at it with: flotilla jobs show \($0.job)" })
        }
        let progress = ConfirmationProgress(
            of: action, since: record.confirmationStart, minutes: record.confirmationMinutes, isAllowed: false,
            isCoolingDown: false, now: now)
        return BotStanding(
            "unconfirmed",
            "\(who) confirms \(action.rawValue) for \(Self.text(Double(progress.remainingSeconds))) more: it must "
                + "persist for \(record.confirmationMinutes) minutes before it is traded")
    }

    fileprivate var moving: BotStanding? {
        switch ruling {
        case .priceStep:
            return BotStanding(
                "price-step",
                "\(who) waits for the price to move: it has not moved \(Self.rounded(record.tradeStepPct)) % since its "
                    + "last trade at \(gate.lastTradePrice.map { "\($0)" } ?? "an unknown price")")
        case .priceUnusable:
            return BotStanding("price-unusable", "\(who) cannot compare the price with that of its last trade")
        case .allowed, .hold, .botNotRunning, .confirming, .openOrder, .coolingDown, nil: return nil
        }
    }

    fileprivate var trading: BotStanding {
        if note.gate == ActionGate.Reason.allowed.rawValue, let lastOrder {
            return BotStanding(
                "ordering", "\(who) has decided \(action.rawValue); its order is job '\(lastOrder.job)'",
                next: .execution(lastOrder.job))
        }
        return BotStanding(
            "ready", "nothing stands against \(action.rawValue) of \(who): it trades at its next evaluation")
    }
}
