import Foundation
import GRDB
import Trading

/// A bot's position in the old FLOAT columns, in USD, moved by fills as the Python application moves it.
struct Position {
    let botID: Int
    let side: Side

    /// Adds the fills that have not moved a position before.
    func apply(_ fills: [FillReport], _ db: Database, at now: Date) throws {
        var moved = Amount.zero
        var isNew = false
        for fill in fills {
            try db.execute(
                sql: """
                    INSERT INTO applied_fills (fill_id, bot_id, applied_at) VALUES (?, ?, ?)
                    ON CONFLICT (fill_id) DO NOTHING
                    """, arguments: [fill.fillID, botID, LedgerTime(now).text])
            guard db.changesCount == 1 else { continue }
            isNew = true
            moved = moved + (try notional(of: fill, db))
        }
        guard isNew else { return }
        try move(by: side == .buy ? moved : -moved, db, at: now)
    }

    private func notional(of fill: FillReport, _ db: Database) throws -> Amount {
        let row = try Row.fetchOne(db, sql: "SELECT * FROM raw_trades WHERE fill_id = ?", arguments: [fill.fillID])
        return try row.map { try RawTradeRecord($0).notional() } ?? .zero
    }

    private func move(by change: Amount, _ db: Database, at now: Date) throws {
        let row = try Row.fetchOne(db, sql: "SELECT current_position_size FROM bots WHERE id = ?", arguments: [botID])
        guard let row else { return }
        let old = (try? row.amount(float: "current_position_size")) ?? .zero
        let holding = try Holding(Ledger.fills(ofBot: botID, db))
        // All that was bought is sold: what a changed price would leave over is no position.
        let isFlat = holding.quantity.isZero && holding.unmatchedSales.isZero
        let size = isFlat ? .zero : max(.zero, old + change)
        try db.execute(
            sql: """
                UPDATE bots SET current_position_size = ?, updated_at = ?, current_position_entry_price =
                    CASE WHEN ? = 0 THEN NULL ELSE coalesce(?, current_position_entry_price) END
                WHERE id = ?
                """,
            arguments: [
                size.doubleValue, LedgerTime(now).text, size.doubleValue, holding.averageCost?.doubleValue, botID,
            ])
    }
}
