import Documents
import Foundation
import Ledger
import Trading

/// A bot's status at a moment, from stored facts. A bot whose newest evaluation does not count any more holds, with the
/// score that is stored.
struct BotStatusReading {
    private let record: BotStatusRecord
    private let now: Date
    /// After any trade, whatever became of it.
    private let cooldown: Cooldown

    private var bot: BotRecord { record.bot }
    private var isRunning: Bool { bot.status == .running }

    init(_ record: BotStatusRecord, now: Date) {
        self.record = record
        self.now = now
        cooldown = Cooldown(minutes: record.bot.cooldownMinutes, since: record.lastTrade?.createdAt, now: now)
    }

    /// Nil for a bot that does not run, that cools down after a fill, whose account can neither buy nor sell, or that
    /// was never evaluated.
    private var evaluation: EvaluationRecord? {
        let pause = Cooldown(minutes: bot.cooldownMinutes, since: record.lastFillAt, now: now)
        guard isRunning, !pause.isActive, let evaluation = record.evaluation, !evaluation.isBlocked else { return nil }
        return evaluation
    }

    /// - Parameter price: of one base unit now; nil takes the newest that is stored.
    func document(price: Double?) -> BotStatusDocument {
        let (score, action) = (bot.currentCombinedScore, evaluation?.action ?? .hold)
        let distance = SignalDistance(score: score)
        let confirmation = ConfirmationProgress(
            of: action, since: bot.confirmationStart, minutes: bot.confirmationMinutes,
            isAllowed: evaluation?.isAllowed ?? false, isCoolingDown: cooldown.isActive, now: now)
        let readiness = TradeReadiness(
            of: action, isRunning: isRunning, isCoolingDown: cooldown.isActive,
            balanceProblem: evaluation?.balanceProblem, priceStepProblem: evaluation?.priceStepProblem,
            isConfirmed: confirmation.isConfirmed)
        let value = record.heldBase * (price ?? record.evaluation?.price ?? record.lastTrade?.price ?? 0)
        return BotStatusDocument(
            settings: BotSettingsDocument(bot, as: record.kept), status: bot.status.rawValue, score: score,
            positionValue: value.isFinite ? value : 0, temperature: Temperature(score: score).rawValue,
            distance: distance.toSignal,
            intent: TradingIntentDocument(
                action: action.rawValue.lowercased(), strength: distance.strength,
                confidence: evaluation?.confidence ?? 0, distance: distance.toThreshold),
            confirmation: ConfirmationDocument(confirmation, requiredMinutes: bot.confirmationMinutes),
            readiness: TradeReadinessDocument(
                status: readiness.status.rawValue, canTrade: readiness.canTrade,
                blockingReason: readiness.blockingReason, cooldownMinutes: cooldown.remainingMinutes),
            lastTrade: record.lastTrade.map { LastTradeDocument($0, now: now) },
            trend: bot.usesTrendDetection ? record.trend.map { TrendDocument($0) } : nil, sizing: sizing)
    }

    /// That of the evaluation; of a bot that does not run, or has none, what the pair's trend makes of its size without
    /// any confidence.
    private var sizing: PositionSizingDocument? {
        guard bot.usesPositionSizing else { return nil }
        if isRunning, let evaluation = record.evaluation, let sizing = evaluation.sizing {
            return PositionSizingDocument(sizing, at: evaluation.at)
        }
        return record.trend.map { trend in
            PositionSizingDocument(
                LegacySizing(base: bot.positionSizeUSD.doubleValue, trend: trend.trend, confidence: 0), at: trend.at)
        }
    }

    /// The same bot as a row of the summary.
    var summary: BotSummaryDocument {
        let (score, balance) = (bot.currentCombinedScore, record.evaluation?.balance)
        return BotSummaryDocument(
            id: bot.id, name: bot.name, pair: bot.pair, status: bot.status.rawValue, score: score,
            positionSize: bot.currentPositionSize, temperature: Temperature(score: score).rawValue,
            distance: score == 0 ? 1 : abs(score), hasBalance: balance?.isSufficient ?? false,
            balanceMessage: balance?.message ?? "⚠️ The balance is not known yet")
    }
}

extension BotSettingsDocument {
    /// - Parameter kept: the bot as it is stored; rules take another number for a stored 0, which is not to be saved.
    fileprivate init(_ bot: BotRecord, as kept: KeptBot) {
        self.init(
            id: bot.id, name: bot.name, pair: bot.pair, positionSizeUSD: bot.positionSizeUSD.doubleValue,
            usesTrendDetection: bot.usesTrendDetection, usesPositionSizing: bot.usesPositionSizing, note: bot.note,
            signalConfig: SignalConfigReading(bot.signalConfig).json, maxPositions: bot.maxPositions,
            stopLossPct: bot.stopLossPct, takeProfitPct: bot.takeProfitPct,
            confirmationMinutes: kept.confirmationMinutes, tradeStepPct: kept.tradeStepPct,
            cooldownMinutes: kept.cooldownMinutes, skipsSignalsOnLowBalance: bot.skipsSignalsOnLowBalance)
    }
}

extension ConfirmationDocument {
    fileprivate init(_ confirmation: ConfirmationProgress, requiredMinutes: Int) {
        self.init(
            isActive: confirmation.isActive,
            action: confirmation.isSuspended ? "suspended_cooldown" : confirmation.action?.rawValue.lowercased(),
            progress: confirmation.progress, remainingSeconds: confirmation.remainingSeconds,
            startedAt: NaiveTime(confirmation.startedAt), requiredMinutes: requiredMinutes)
    }
}

extension LastTradeDocument {
    fileprivate init(_ trade: LastTradeRecord, now: Date) {
        let minutes = trade.createdAt.map { max(0, now.timeIntervalSince($0) / 60).rounded(.down) }
        self.init(
            side: trade.side, price: trade.price, size: trade.size, status: trade.status,
            executedAt: NaiveTime(trade.createdAt), minutesAgo: minutes.flatMap { Int(exactly: $0) })
    }
}

extension PositionSizingDocument {
    fileprivate init(_ sizing: LegacySizing, at time: Date?) {
        self.init(
            base: sizing.baseSize, size: sizing.finalSize, multiplier: sizing.totalMultiplier,
            rationale: sizing.rationale,
            regime: Regime(
                regime: sizing.regime.rawValue, strength: sizing.trendStrength, confidence: sizing.trendConfidence,
                volatility: sizing.volatility),
            factors: Factors(
                regime: sizing.factors.regime, volatility: sizing.factors.volatility,
                confidence: sizing.factors.confidence, product: sizing.factors.product,
                isBounded: sizing.factors.product != sizing.factors.bounded),
            calculatedAt: NaiveTime(time))
    }
}
