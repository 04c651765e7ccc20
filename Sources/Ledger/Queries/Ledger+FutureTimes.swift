public import Foundation
import GRDB

/// Times that a host whose clock was ahead has left behind.
extension Ledger {
    /// A column that a decision about a bot looks at.
    private struct DatedColumn {
        let table: String
        let column: String
        let owner: String
    }

    private static let dated = [
        DatedColumn(table: "bots", column: "signal_confirmation_start", owner: "id"),
        DatedColumn(table: "bots", column: "last_evaluation", owner: "id"),
        DatedColumn(table: "bot_signal_history", column: "timestamp", owner: "bot_id"),
        DatedColumn(table: "trades", column: "filled_at", owner: "bot_id"),
        DatedColumn(table: "trades", column: "created_at", owner: "bot_id"),
    ]

    /// Whether any time may lie in the future, in one statement: every decision asks.
    private static let suspicion: String = {
        let rows = dated.map { "SELECT 1 FROM \($0.table) WHERE \($0.owner) = :bot AND \($0.column) > :limit" }
        let orders = "SELECT 1 FROM order_intents WHERE \(undecided) AND max(created_at, updated_at) > :limit"
        return "SELECT " + (rows + [orders]).map { "EXISTS (\($0))" }.joined(separator: " OR ")
    }()
    private static let undecided = "state IN ('INTENT', 'SENT', 'UNKNOWN', 'OPEN')"

    /// How far ahead a row may be: two hosts may be off by two seconds each.
    private static let slack: TimeInterval = 4
    /// Rows of one column that are mended at a time.
    private static let mendLimit = 1_000
    /// Where the search for an order begins that was dated in the future, before now: when it was sent is unknown.
    private static let searchBack: TimeInterval = 86_400

    /// Makes times of a bot that lie in the future the present one, and those of undecided orders early enough that
    /// the exchange is searched for them. Until then a pause after a trade would last as long as the clock was ahead.
    ///
    /// Fills keep the exchange's time. Writes only when there is something to mend.
    /// - Returns: what was mended, in sentences without a full stop.
    public func mendFutureTimes(ofBot id: Int?, at now: Date) async throws(LedgerError) -> [String] {
        let isSound = try await read { db in
            guard try Ledger.isSuspicious(ofBot: id, at: now, db) else { return true }
            return try Ledger.dated.allSatisfy { try Ledger.future($0, ofBot: id, at: now, db).isEmpty }
                && Ledger.futureOrders(at: now, db).isEmpty
        }
        guard !isSound else { return [] }
        return try await write { db in
            var mended: [String] = []
            for column in Ledger.dated { mended += try Ledger.mend(column, ofBot: id, at: now, db) }
            for (row, time) in try Ledger.futureOrders(at: now, db) {
                try db.run(
                    "UPDATE order_intents SET created_at = ?, updated_at = ? WHERE rowid = ?",
                    [LedgerTime(now.addingTimeInterval(-Ledger.searchBack)).text, LedgerTime(now).text, row])
                mended.append("an undecided order was dated \(time), in the future; it is searched for from a day ago")
            }
            return mended
        }
    }

    private static func isSuspicious(ofBot id: Int?, at now: Date, _ db: Database) throws -> Bool {
        let limit = LedgerTime(now.addingTimeInterval(slack)).text
        let statement = try db.cachedStatement(sql: suspicion)
        return try Bool.fetchOne(statement, arguments: ["bot": id, "limit": limit]) ?? true
    }

    private static func mend(
        _ dated: DatedColumn, ofBot id: Int?, at now: Date, _ db: Database
    ) throws -> [String] {
        let rows = try future(dated, ofBot: id, at: now, db)
        for (row, _) in rows {
            try db.run(
                "UPDATE \(dated.table) SET \(dated.column) = ? WHERE rowid = ?", [LedgerTime(now).text, row])
        }
        guard let first = rows.first else { return [] }
        let more = rows.count > 1 ? " and \(rows.count - 1) more" : ""
        return [
            "\(dated.table).\(dated.column) of bot \(id ?? 0) was \(first.time)\(more), in the future; it counts as now"
        ]
    }

    /// Rows by id, with what they hold. The comparison of texts only preselects: other spellings sort otherwise.
    private static func future(
        _ dated: DatedColumn, ofBot id: Int?, at now: Date, _ db: Database
    ) throws -> [(row: Int64, time: String)] {
        guard let id else { return [] }
        let limit = now.addingTimeInterval(slack)
        return try Row.all(
            db,
            sql: """
                SELECT rowid AS row, \(dated.column) AS time FROM \(dated.table)
                WHERE \(dated.owner) = ? AND \(dated.column) > ? LIMIT \(mendLimit)
                """, arguments: [id, LedgerTime(limit).text]
        ).compactMap { late($0, after: limit) }
    }

    private static func futureOrders(at now: Date, _ db: Database) throws -> [(row: Int64, time: String)] {
        let limit = now.addingTimeInterval(slack)
        return try Row.all(
            db,
            sql: """
                SELECT rowid AS row, max(created_at, updated_at) AS time FROM order_intents
                WHERE \(undecided) AND max(created_at, updated_at) > ?
                LIMIT \(mendLimit)
                """, arguments: [LedgerTime(limit).text]
        ).compactMap { late($0, after: limit) }
    }

    private static func late(_ row: Row, after limit: Date) -> (row: Int64, time: String)? {
        guard let id = row.integer("row"), let time = row.time("time"), time > limit else { return nil }
        return (Int64(id), row.text("time") ?? "")
    }
}
