import Foundation
import GRDB
public import Trading

/// Which bots are there?
extension Ledger {
    /// All bots by id.
    public func bots() async throws(LedgerError) -> [BotRecord] {
        try await read { try Row.fetchAll($0, sql: "SELECT * FROM bots ORDER BY id").map { BotRecord($0) } }
    }

    /// The bots that may trade, by id. One whose `bot` is `nil` has no usable product: see `markBotError`.
    public func runningBots() async throws(LedgerError) -> [BotRecord] {
        try await read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM bots WHERE status = 'RUNNING' ORDER BY id").map { BotRecord($0) }
        }
    }

    /// `nil` when there is none.
    public func bot(_ id: Int) async throws(LedgerError) -> BotRecord? {
        try await read {
            try Row.one($0, sql: "SELECT * FROM bots WHERE id = ?", arguments: [id]).map { BotRecord($0) }
        }
    }

    /// Starts or stops a bot. Stopping it does not touch its orders.
    /// - Throws: `noSuchBot`.
    public func setStatus(_ status: BotStatus, ofBot id: Int) async throws(LedgerError) {
        let at = now()
        try await write { db in
            try db.execute(
                sql: "UPDATE bots SET status = ?, updated_at = ? WHERE id = ?",
                arguments: [status.rawValue, LedgerTime(at).text, id])
            guard db.changesCount == 1 else { throw LedgerError.noSuchBot(id: id) }
            try Ledger.forgetFault(ofBot: id, db)
        }
    }
}
