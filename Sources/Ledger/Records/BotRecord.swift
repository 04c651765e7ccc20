public import Foundation
import GRDB
public import Trading

/// A row of `bots`, with the Python application's own defaults where a column is NULL.
public struct BotRecord: Sendable, Equatable {
    /// The row's id. SQLite may give it to a later bot once this one is deleted: see `createdAtText`.
    public var id: Int
    /// For people, unique in the table; empty for NULL.
    public var name: String
    /// For people; the column `description`.
    public var note: String?
    /// As stored, empty for NULL; may be no product at all.
    public var pair: String
    /// STOPPED for NULL and for words that are none.
    public var status: BotStatus
    /// Zero when the column holds no usable number, so that nothing is bought by accident; 100 when it is NULL.
    public var positionSizeUSD: Amount
    /// 5 for NULL.
    public var maxPositions: Int
    /// Percent below the average entry cost; 5 for NULL.
    public var stopLossPct: Double
    /// Percent above the average entry cost; 10 for NULL.
    public var takeProfitPct: Double
    /// 0 and NULL count as 5, as in the Python application.
    public var confirmationMinutes: Int
    /// 0 and NULL count as 2.
    public var tradeStepPct: Double
    /// 0 and NULL count as 15.
    public var cooldownMinutes: Int
    /// JSON text as stored; empty for NULL.
    public var signalConfig: String
    /// Stored for the Python application; false for NULL.
    public var skipsSignalsOnLowBalance: Bool
    /// Stored for the Python application; false for NULL.
    public var usesTrendDetection: Bool
    /// Stored for the Python application; false for NULL.
    public var usesPositionSizing: Bool
    /// USD.
    public var currentPositionSize: Double
    /// Average cost of what the bot holds, in quote units; `nil` when it holds nothing. For exact sums see `Holding`.
    public var currentPositionEntryPrice: Double?
    /// Of the newest scored evaluation, -1 (buy) to 1 (sell); 0 for NULL.
    public var currentCombinedScore: Double
    /// Since when the present action has persisted; `nil` while it is HOLD.
    public var confirmationStart: Date?
    /// `nil` for a stored time that cannot be read.
    public var createdAt: Date?
    /// As stored, empty for NULL: with the id it tells a bot from a later one that was given the same id.
    public var createdAtText: String
    /// When status, position or evaluation of the bot was written last; `nil` for NULL.
    public var updatedAt: Date?
    /// Time of the newest evaluation, scored or not.
    public var lastEvaluation: Date?
    /// A setting of which no rule can be made, by column and value; such a bot trades nothing.
    public var fault: TradingError?

    init(_ row: Row) {
        id = row.integer("id") ?? 0
        name = row.text("name") ?? ""
        note = row.text("description")
        pair = row.text("pair") ?? ""
        // An unknown word is no permission to trade.
        status = row.text("status").flatMap(BotStatus.init(rawValue:)) ?? .stopped
        positionSizeUSD = max(.zero, (try? row.amount(float: "position_size_usd") ?? Amount(100)) ?? .zero)
        maxPositions = row.integer("max_positions") ?? 5
        stopLossPct = row.number("stop_loss_pct") ?? 5
        takeProfitPct = row.number("take_profit_pct") ?? 10
        confirmationMinutes = min(BotRecord.positive(row.integer("confirmation_minutes")) ?? 5, BotSetting.mostMinutes)
        tradeStepPct = BotRecord.positive(row.number("trade_step_pct")) ?? 2
        cooldownMinutes = min(BotRecord.positive(row.integer("cooldown_minutes")) ?? 15, BotSetting.mostMinutes)
        signalConfig = row.text("signal_config") ?? ""
        skipsSignalsOnLowBalance = row.flag("skip_signals_on_low_balance")
        usesTrendDetection = row.flag("use_trend_detection")
        usesPositionSizing = row.flag("use_position_sizing")
        currentPositionSize = row.number("current_position_size") ?? 0
        currentPositionEntryPrice = row.number("current_position_entry_price")
        currentCombinedScore = row.number("current_combined_score") ?? 0
        confirmationStart = row.time("signal_confirmation_start")
        createdAt = row.time("created_at")
        createdAtText = row.text("created_at") ?? ""
        updatedAt = row.time("updated_at")
        lastEvaluation = row.time("last_evaluation")
        fault = BotSetting.fault(in: row)
    }

    private static func positive<Number: Comparable & AdditiveArithmetic>(_ number: Number?) -> Number? {
        number.flatMap { $0 > .zero ? $0 : nil }
    }

    /// The bot as the trading rules see it; `nil` when `pair` is no product id, or a setting no number.
    public var bot: Bot? { try? checkedBot() }

    /// The same, with what keeps it from trading.
    /// - Throws: `productIDMalformed`; `valueOutOfRange`, which names the column and what it holds.
    public func checkedBot() throws(TradingError) -> Bot {
        if let fault { throw fault }
        let product = try ProductID(pair)
        return Bot(
            id: id, name: name, product: product, status: status, positionSizeUSD: positionSizeUSD,
            maxPositions: maxPositions, stopLossPct: stopLossPct, takeProfitPct: takeProfitPct,
            confirmationMinutes: confirmationMinutes, tradeStepPct: tradeStepPct, cooldownMinutes: cooldownMinutes,
            signalConfig: signalConfig, currentCombinedScore: currentCombinedScore,
            confirmationStart: confirmationStart)
    }
}

extension Bot {
    /// Writes a new row with the defaults that the Python application would give the other columns.
    func insert(_ db: Database, at now: Date) throws {
        try db.execute(
            sql: """
                INSERT INTO bots (
                    id, name, pair, status, position_size_usd, max_positions, stop_loss_pct, take_profit_pct,
                    confirmation_minutes, trade_step_pct, cooldown_minutes, signal_config, current_combined_score,
                    skip_signals_on_low_balance, use_trend_detection, use_position_sizing, current_position_size,
                    created_at, updated_at
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, ?, ?)
                """,
            arguments: [
                id, name, product.rawValue, status.rawValue, positionSizeUSD.doubleValue, maxPositions, stopLossPct,
                takeProfitPct, confirmationMinutes, tradeStepPct, cooldownMinutes, signalConfig, currentCombinedScore,
                LedgerTime(now).text, LedgerTime(now).text,
            ])
    }
}
