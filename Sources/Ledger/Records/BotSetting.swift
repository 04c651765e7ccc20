import GRDB
import Trading

/// A column of `bots` that a rule is made of. SQLite lets it hold anything: text, bytes, infinities.
struct BotSetting: Sendable {
    let column: String
    /// NULL is always allowed: then the Python application's default counts.
    let range: ClosedRange<Double>
    let remedy: String

    /// A year.
    static let mostMinutes = 525_600

    static let all = [
        BotSetting(column: "position_size_usd", range: 0...1e12, remedy: "Use a number of dollars from 0"),
        BotSetting(column: "max_positions", range: 0...1e9, remedy: "Use a whole number from 0"),
        BotSetting(column: "stop_loss_pct", range: -1e9...1e9, remedy: "Use a number of percent"),
        BotSetting(column: "take_profit_pct", range: -1e9...1e9, remedy: "Use a number of percent"),
        BotSetting(
            column: "confirmation_minutes", range: 0...Double(mostMinutes), remedy: "Use 0 to \(mostMinutes) minutes"),
        BotSetting(column: "trade_step_pct", range: 0...1e6, remedy: "Use 0 to 1000000 percent"),
        BotSetting(
            column: "cooldown_minutes", range: 0...Double(mostMinutes), remedy: "Use 0 to \(mostMinutes) minutes"),
    ]

    /// What is wrong with the first setting of a row that is no number of its range; `nil` when all are.
    static func fault(in row: Row) -> TradingError? {
        all.lazy.compactMap { $0.fault(in: row) }.first
    }

    private func fault(in row: Row) -> TradingError? {
        if row.isNull(column) { return nil }
        if let number = row.number(column), range.contains(number) { return nil }
        return .valueOutOfRange(
            subject: "bots.\(column)", problem: "it holds \(row.shown(column)), which cannot be used", remedy: remedy)
    }
}

extension Row {
    /// Whether a column is NULL, or not there.
    fileprivate func isNull(_ column: String) -> Bool { (self[column] as DatabaseValue?)?.isNull ?? true }

    /// What a cell holds, for people: short, and with its type where that is the fault.
    fileprivate func shown(_ column: String) -> String {
        switch (self[column] as DatabaseValue?)?.storage ?? .null {
        case .null: "NULL"
        case .int64(let number): "\(number)"
        case .double(let number): "\(number)"
        case .string(let text): "the text '\(text.prefix(40))'"
        case .blob(let bytes): "\(bytes.count) bytes"
        }
    }
}
