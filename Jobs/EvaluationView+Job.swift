import Ledger
import Trading

/// What pages show of an evaluation, from what the job has read and decided.
extension EvaluationView {
    /// - Parameters:
    ///   - price: mid of the quote; nil without one.
    ///   - lastTradePrice: of the bot's newest filled trade.
    init(
        of record: BotRecord, _ bot: Bot, scoring: Scoring, action: Action, gate: ActionGate.Reason,
        confidence: Double, signals: [SignalDetail], outlook: MarketOutlook, price: Amount?, lastTradePrice: Amount?
    ) {
        let size = record.positionSizeUSD
        let summary = outlook.balance?.summary(size: size, price: price)
        self.init(
            product: bot.product, scoring: scoring, gate: gate, isBlocked: outlook.balance?.isSpent ?? false,
            balanceProblem: action.side.flatMap { outlook.balance?.problem($0, size: size, price: price) },
            priceStepProblem: Self.priceStepProblem(bot, action, at: price, from: lastTradePrice),
            balance: summary.map { BalanceSummary(isSufficient: $0.isSufficient, message: $0.message) },
            signals: signals,
            sizing: record.usesPositionSizing
                ? LegacySizing(base: size.doubleValue, trend: outlook.trend, confidence: confidence) : nil,
            trend: outlook.trend)
    }

    /// Pages ask it of buys only, as the Python system does; the bot's own gate asks it of sells too.
    private static func priceStepProblem(
        _ bot: Bot, _ action: Action, at price: Amount?, from last: Amount?
    ) -> String? {
        guard action == .buy, let price, ActionGate(bot).hasMoved(from: last, to: price) == false else { return nil }
        return "Price step requirement not met (\(bot.tradeStepPct)%)"
    }
}
