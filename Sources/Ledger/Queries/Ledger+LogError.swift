public import Foundation
import GRDB

/// A row of `error_log`.
public struct ErrorEntry: Sendable, Equatable {
    /// Makes a report that is made twice one row; `nil` for one that cannot repeat.
    public var key: String?
    /// Which part reports: `bot`, `execution`, ...
    public var source: String
    /// A word for the kind of error, such as `InsufficientFunds`.
    public var type: String
    /// What went wrong, in sentences for people.
    public var message: String
    /// The bot that it concerns; the row stays when the bot is deleted.
    public var botID: Int?
    /// The queue's id of the job that reported it.
    public var jobID: String?
    /// JSON text.
    public var context: String?

    /// Writes nothing; `Ledger.logError` does.
    public init(
        key: String? = nil, source: String, type: String, message: String, botID: Int? = nil, jobID: String? = nil,
        context: String? = nil
    ) {
        self.key = key
        self.source = source
        self.type = type
        self.message = message
        self.botID = botID
        self.jobID = jobID
        self.context = context
    }

    func insert(_ db: Database, at now: Date) throws {
        try db.execute(
            sql: """
                INSERT INTO error_log (event_key, source, error_type, message, bot_id, job_id, context, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (event_key) DO NOTHING
                """,
            arguments: [key, source, type, message, botID, jobID, context, LedgerTime(now).text])
    }
}

/// An entry of `error_log` with its time.
public struct LoggedError: Sendable, Equatable {
    /// The row's id in `error_log`.
    public let id: Int
    /// What `logError` was given.
    public let entry: ErrorEntry
    /// When it was written; `nil` for a stored time that cannot be read.
    public let at: Date?
}

extension Ledger {
    /// Adds an entry, once per key.
    public func logError(_ entry: ErrorEntry) async throws(LedgerError) {
        let at = now()
        try await write { try entry.insert($0, at: at) }
    }

    /// The newest entries first, at most `limit`; of one bot, or of all.
    public func loggedErrors(botID: Int? = nil, limit: Int) async throws(LedgerError) -> [LoggedError] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM error_log WHERE ?1 IS NULL OR bot_id = ?1
                    ORDER BY created_at DESC, id DESC LIMIT ?2
                    """, arguments: [botID, limit]
            ).map { row in
                LoggedError(
                    id: row.integer("id") ?? 0,
                    entry: ErrorEntry(
                        key: row.text("event_key"), source: row.text("source") ?? "",
                        type: row.text("error_type") ?? "",
                        message: row.text("message") ?? "", botID: row.integer("bot_id"), jobID: row.text("job_id"),
                        context: row.text("context")),
                    at: row.time("created_at"))
            }
        }
    }
}
