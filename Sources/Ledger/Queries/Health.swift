import GRDB

/// How the ledger is.
public struct LedgerHealth: Sendable, Equatable {
    public let schemaVersion: Int
    public let bots: Int
    public let runningBots: Int
    public let unsettledIntents: Int
    /// `wal` when all is well.
    public let journalMode: String
    /// Size of the database without its write-ahead log.
    public let bytes: Int
}

extension Ledger {
    /// A look that takes milliseconds; does not read the whole file.
    public func health() async throws(LedgerError) -> LedgerHealth {
        try await read { db in
            func number(_ sql: String) throws -> Int { try Int.fetchOne(db, sql: sql) ?? 0 }
            return LedgerHealth(
                schemaVersion: try Migrator.version(db), bots: try number("SELECT count(*) FROM bots"),
                runningBots: try number("SELECT count(*) FROM bots WHERE status = 'RUNNING'"),
                unsettledIntents: try number(
                    "SELECT count(*) FROM order_intents WHERE state IN ('INTENT', 'SENT', 'UNKNOWN', 'OPEN')"),
                journalMode: try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? "",
                bytes: try number("PRAGMA page_count") * number("PRAGMA page_size"))
        }
    }

    /// What SQLite's quick_check finds wrong in the whole file, at most 100 lines; empty when it is sound. Takes about
    /// as long as reading the file.
    public func integrityProblems() async throws(LedgerError) -> [String] {
        try await read { try String.fetchAll($0, sql: "PRAGMA quick_check").filter { $0 != "ok" } }
    }
}
