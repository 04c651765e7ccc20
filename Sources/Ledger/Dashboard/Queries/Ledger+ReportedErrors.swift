public import Foundation
import GRDB

/// What went wrong, for people, and what they have dismissed of it: `error_log` keeps what happened, `system_errors`
/// what a person decided about it, and what other programs keep there.
extension Ledger {
    /// The newest first, at most `limit`; those of one moment in the order in which they were written.
    public func reportedErrors(since: Date, limit: Int) async throws(LedgerError) -> [ReportedError] {
        let since = LedgerTime(since).text
        return try await read { db in
            let kept = try Ledger.errors(
                db, "SELECT system_errors.*, bots.pair, bots.signal_config", of: "system_errors", since: since,
                "timestamp", limit: limit
            ).map { ReportedError(kept: $0) }
            let known = Set(kept.map(\.id))
            let logged = try Ledger.errors(
                db, "SELECT error_log.*, bots.name AS bot_name, bots.pair, bots.signal_config", of: "error_log",
                since: since, "created_at", limit: limit
            ).map { ReportedError(logged: $0) }.filter { !known.contains($0.id) }
            return Array((kept + logged).newestFirst().prefix(limit))
        }
    }

    /// Of these ids, those that somebody has dismissed.
    public func resolvedErrors(among ids: [String]) async throws(LedgerError) -> Set<String> {
        guard !ids.isEmpty else { return [] }
        return try await read { db in
            let places = ids.map { _ in "?" }.joined(separator: ", ")
            return try Set(
                Row.fetchAll(
                    db, sql: "SELECT error_id, resolved FROM system_errors WHERE error_id IN (\(places))",
                    arguments: StatementArguments(ids)
                ).filter { $0.flag("resolved") }.compactMap { $0.text("error_id") })
        }
    }

    /// Dismisses an error that the ledger knows; once.
    /// - Returns: the error as it was; `nil` when the ledger knows none of this id.
    public func resolveError(_ id: String) async throws(LedgerError) -> ReportedError? {
        let at = LedgerTime(now()).text
        return try await write { db in
            let kept = try Row.fetchOne(db, sql: "SELECT * FROM system_errors WHERE error_id = ?", arguments: [id])
            if let kept = kept.map({ ReportedError(kept: $0) }) {
                if !kept.isResolved {
                    try db.execute(
                        sql: "UPDATE system_errors SET resolved = 1, resolved_at = ? WHERE error_id = ?",
                        arguments: [at, id])
                }
                return kept
            }
            guard let number = id.split(separator: "_").last.flatMap({ Int($0) }),
                let row = try Row.fetchOne(
                    db,
                    sql: """
                        SELECT error_log.*, bots.name AS bot_name FROM error_log
                        LEFT JOIN bots ON \(Ledger.isItsBot("error_log", "created_at")) WHERE error_log.id = ?
                        """, arguments: [number])
            else { return nil }
            let logged = ReportedError(logged: row)
            guard logged.id == id else { return nil }
            try Ledger.insertResolved(logged, db, at: at)
            return logged
        }
    }

    /// Dismisses an error that is kept elsewhere; once.
    public func resolve(_ error: ReportedError) async throws(LedgerError) {
        let at = LedgerTime(now()).text
        try await write { try Ledger.insertResolved(error, $0, at: at) }
    }

    private static func insertResolved(_ error: ReportedError, _ db: Database, at: String) throws {
        try db.execute(
            sql: """
                INSERT INTO system_errors (
                    error_id, bot_id, bot_name, error_type, message, timestamp, resolved, resolved_at
                ) VALUES (?, ?, ?, ?, ?, ?, 1, ?)
                ON CONFLICT (error_id) DO UPDATE SET resolved = 1, resolved_at = excluded.resolved_at
                """,
            arguments: [
                error.id, error.botID, error.botName, error.type, error.message,
                error.at.map { LedgerTime($0).text } ?? at, at,
            ])
    }

    private static func errors(
        _ db: Database, _ columns: String, of table: String, since: String, _ time: String, limit: Int
    ) throws -> [Row] {
        try Row.fetchAll(
            db,
            sql: """
                \(columns) FROM \(table) LEFT JOIN bots ON \(isItsBot(table, time))
                WHERE \(table).\(time) >= ? ORDER BY \(table).\(time) DESC, \(table).id LIMIT ?
                """, arguments: [since, limit])
    }

    /// The id of a deleted bot may have been given to a later one, which the error does not concern.
    private static func isItsBot(_ table: String, _ time: String) -> String {
        "bots.id = \(table).bot_id AND coalesce(bots.created_at, '') <= \(table).\(time)"
    }
}

extension [ReportedError] {
    /// Stable: those of one moment keep their order. Those without a time come last.
    public func newestFirst() -> [ReportedError] {
        enumerated().sorted { left, right in
            let (before, after) = (left.element.at ?? .distantPast, right.element.at ?? .distantPast)
            return before == after ? left.offset < right.offset : before > after
        }.map(\.element)
    }
}
