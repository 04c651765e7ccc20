import Foundation
import GRDB
public import Trading

/// Which bots wait for their product?
extension Ledger {
    /// Takes a running bot out of trading because of its product, with the reason in `error_log`: until its product can
    /// be traded (`returnBots`), or an operator starts it.
    /// - Parameter bot: as it was judged.
    /// - Returns: false when nothing was changed: it was stopped, deleted, replaced or given another product meanwhile.
    public func setAside(_ bot: BotRecord, because reason: String) async throws(LedgerError) -> Bool {
        let at = now()
        return try await write { db in
            try db.execute(
                sql: """
                    UPDATE bots SET status = 'ERROR', updated_at = ?, signal_confirmation_start = NULL
                    WHERE id = ? AND status = 'RUNNING' AND coalesce(pair, '') = ? AND coalesce(created_at, '') = ?
                    """, arguments: [LedgerTime(at).text, bot.id, bot.pair, bot.createdAtText])
            guard db.changesCount == 1 else { return false }
            try db.run(
                """
                INSERT INTO bot_faults (bot_id, bot_created_at, reason, since) VALUES (?, ?, ?, ?)
                ON CONFLICT (bot_id) DO UPDATE SET
                    bot_created_at = excluded.bot_created_at, reason = excluded.reason, since = excluded.since
                """, [bot.id, bot.createdAtText, reason, LedgerTime(at).text])
            try ErrorEntry(source: "bot", type: "ProductNotTradable", message: reason, botID: bot.id)
                .insert(db, at: at)
            return true
        }
    }

    /// Lets bots run again that wait for their product, where it is listed now. What an operator or the Python
    /// application has done with a bot meanwhile stays.
    /// - Returns: their ids.
    public func returnBots(toProducts listed: Set<ProductID>) async throws(LedgerError) -> [Int] {
        let isWaiting = try await read { db in
            try Row.one(db, sql: "SELECT 1 FROM bot_faults LIMIT 1", arguments: []) != nil
        }
        guard isWaiting else { return [] }
        let at = now()
        return try await write { db in
            try db.execute(
                sql: """
                    DELETE FROM bot_faults WHERE NOT EXISTS (
                        SELECT 1 FROM bots
                        WHERE id = bot_id AND status = 'ERROR' AND coalesce(created_at, '') = bot_created_at
                    )
                    """)
            let waiting = try Row.all(
                db, sql: "SELECT bots.* FROM bots JOIN bot_faults ON bot_id = id ORDER BY id", arguments: []
            ).map { BotRecord($0) }
            let back = waiting.filter { ProductID(rawValue: $0.pair).map(listed.contains) ?? false }.map(\.id)
            for id in back {
                try db.run(
                    "UPDATE bots SET status = 'RUNNING', updated_at = ? WHERE id = ?", [LedgerTime(at).text, id])
                try Ledger.forgetFault(ofBot: id, db)
            }
            return back
        }
    }

    /// The bot's status is another one's affair from now on.
    static func forgetFault(ofBot id: Int, _ db: Database) throws {
        try db.run("DELETE FROM bot_faults WHERE bot_id = ?", [id])
    }
}
