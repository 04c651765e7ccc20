import Foundation
import GRDB
import Trading

/// What became of a change that a person asked for.
public enum BotChange: Sendable, Equatable {
    /// `before` is `nil` for a new bot.
    case changed(before: KeptBot?, after: KeptBot)
    /// It was so already, and nothing was written.
    case unchanged(KeptBot)
    /// Another bot has the name; nothing was written.
    case nameTaken
    /// No bot has this id.
    case noSuchBot
}

/// Bots as a person keeps them: makes, sets, starts, stops and removes them. Each method that writes is one
/// transaction; with a note it writes the operator log in the same one, if it changes anything.
extension Ledger {
    /// All bots by id; one whose row holds nonsense is there too.
    public func keptBots() async throws(LedgerError) -> [KeptBot] {
        try await read { try Row.fetchAll($0, sql: "SELECT * FROM bots ORDER BY id").map { KeptBot($0) } }
    }

    /// `nil` when there is none.
    public func keptBot(_ id: Int) async throws(LedgerError) -> KeptBot? {
        try await read { try Ledger.keptBot(id, $0) }
    }

    /// Adds a stopped bot, with the Python application's defaults for what is not set.
    /// - Returns: `changed` or `nameTaken`.
    public func createBot(_ bot: BotEdit, noting note: LedgerNote? = nil) async throws(LedgerError) -> BotChange {
        let at = now()
        return try await write { db in
            if let name = bot.name, try Ledger.isTaken(name, exceptBy: nil, db) { return .nameTaken }
            try Ledger.insert(bot, db, at: at)
            let id = db.lastInsertedRowID
            guard let after = try Ledger.keptBot(Int(id), db) else { return .noSuchBot }
            let row = RowChange(
                table: "bots", key: "id", ids: [id], before: nil, after: try RowValue.row("bots", "id", id, db))
            try Ledger.add(note, before: nil, after: after, [row], db, at: at)
            return .changed(before: nil, after: after)
        }
    }

    /// Sets what differs from what is stored. A status that is set is an operator's decision, as in `setStatus`.
    /// - Parameter edit: makes the change from the bot as it is in the transaction.
    public func editBot(
        _ id: Int, noting note: LedgerNote? = nil, _ edit: @escaping @Sendable (KeptBot) -> BotEdit
    ) async throws(LedgerError) -> BotChange {
        let at = now()
        return try await write { db in
            guard let row = try Row.one(db, sql: "SELECT * FROM bots WHERE id = ?", arguments: [id]) else {
                return .noSuchBot
            }
            let before = KeptBot(row)
            let wanted = edit(before)
            if let name = wanted.name, try Ledger.isTaken(name, exceptBy: id, db) { return .nameTaken }
            let watch = try RowWatch.bot(id, db)
            let settings = wanted.settings.filter { (row[$0.column] as DatabaseValue?) != $0.value }
            if wanted.status != nil { try Ledger.forgetFault(ofBot: id, db) }
            guard !settings.isEmpty else { return .unchanged(before) }
            let columns = settings.map { "\($0.column) = ?" }.joined(separator: ", ")
            try db.execute(
                sql: "UPDATE bots SET \(columns), updated_at = ? WHERE id = ?",
                arguments: StatementArguments(settings.map(\.value)) + [LedgerTime(at).text, id])
            guard let after = try Ledger.keptBot(id, db) else { return .noSuchBot }
            try Ledger.add(note, before: before, after: after, try watch.changes(db), db, at: at)
            return .changed(before: before, after: after)
        }
    }

    /// Stops every running bot. Bots in ERROR stay so, and none that waits for its product comes back by itself.
    /// - Returns: the ids of those that ran.
    public func stopAllBots(noting note: LedgerNote? = nil) async throws(LedgerError) -> [Int] {
        let at = now()
        return try await write { db in
            let running = try Int.fetchAll(db, sql: "SELECT id FROM bots WHERE status = 'RUNNING' ORDER BY id")
            let faulty = try Int.fetchAll(db, sql: "SELECT bot_id FROM bot_faults ORDER BY bot_id")
            let watch = try RowWatch.bots(running + faulty.filter { !running.contains($0) }, db)
            try db.execute(
                sql: "UPDATE bots SET status = 'STOPPED', updated_at = ? WHERE status = 'RUNNING'",
                arguments: [LedgerTime(at).text])
            try db.execute(sql: "DELETE FROM bot_faults")
            if let note, !running.isEmpty {
                try Ledger.add(
                    note, "\(running.count) bots", before: "\(running)", after: "[]", try watch.changes(db), db, at: at)
            }
            return running
        }
    }

    /// Lets the confirmation of the bot's next signal begin anew.
    public func resetConfirmation(
        ofBot id: Int, noting note: LedgerNote? = nil
    ) async throws(LedgerError) -> BotChange {
        let at = now()
        return try await write { db in
            guard let before = try Ledger.keptBot(id, db) else { return .noSuchBot }
            let watch = try RowWatch.bot(id, db)
            try db.execute(
                sql: """
                    UPDATE bots SET signal_confirmation_start = NULL, updated_at = ?
                    WHERE id = ? AND signal_confirmation_start IS NOT NULL
                    """, arguments: [LedgerTime(at).text, id])
            guard db.changesCount == 1, let after = try Ledger.keptBot(id, db) else { return .unchanged(before) }
            try Ledger.add(note, before: before, after: after, try watch.changes(db), db, at: at)
            return .changed(before: before, after: after)
        }
    }

    /// Removes a bot. Its history, trades and weights stay, and belong to no bot from then on; its orders at the
    /// exchange are not touched.
    /// - Returns: the bot as it was; `nil` when there was none.
    public func deleteBot(_ id: Int, noting note: LedgerNote? = nil) async throws(LedgerError) -> KeptBot? {
        let at = now()
        return try await write { db in
            guard let bot = try Ledger.keptBot(id, db) else { return nil }
            var watch = try RowWatch.bot(id, db)
            var isKnown = true
            for table in ["bot_signal_history", "trades", "adaptive_signal_weights"] {
                isKnown = try watch.noteLinks(from: table, toBot: id, db) && isKnown
                try db.execute(sql: "UPDATE \(table) SET bot_id = NULL WHERE bot_id = ?", arguments: [id])
            }
            try Ledger.forgetFault(ofBot: id, db)
            try db.execute(sql: "DELETE FROM bots WHERE id = ?", arguments: [id])
            try Ledger.add(note, before: bot, after: nil, isKnown ? try watch.changes(db) : nil, db, at: at)
            return bot
        }
    }

    private static func keptBot(_ id: Int, _ db: Database) throws -> KeptBot? {
        try Row.one(db, sql: "SELECT * FROM bots WHERE id = ?", arguments: [id]).map { KeptBot($0) }
    }

    private static func isTaken(_ name: String, exceptBy id: Int?, _ db: Database) throws -> Bool {
        try Row.fetchOne(db, sql: "SELECT 1 FROM bots WHERE name = ? AND id IS NOT ?", arguments: [name, id]) != nil
    }

    private static func insert(_ bot: BotEdit, _ db: Database, at now: Date) throws {
        let settings = bot.withDefaults.settings + [(column: "pair", value: bot.pair.databaseValue)]
        let names = settings.map(\.column).joined(separator: ", ")
        let places = settings.map { _ in "?" }.joined(separator: ", ")
        try db.execute(
            sql: """
                INSERT INTO bots (
                    \(names), skip_signals_on_low_balance, current_position_size, current_combined_score, created_at
                ) VALUES (\(places), 0, 0, 0, ?)
                """, arguments: StatementArguments(settings.map(\.value)) + [LedgerTime(now).text])
    }
}
