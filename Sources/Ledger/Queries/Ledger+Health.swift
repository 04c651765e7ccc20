import GRDB

/// How the ledger is.
public struct LedgerHealth: Sendable, Equatable {
    /// Number of the newest migration that the file has.
    public let schemaVersion: Int
    /// Rows of `bots`, whatever their status.
    public let bots: Int
    /// Rows of `bots` in RUNNING.
    public let runningBots: Int
    /// Orders in INTENT, SENT, UNKNOWN or OPEN: those whose end the ledger does not know.
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

    /// Reads the whole file and its log, and compares its indexes with its tables; takes several times as long as
    /// reading it. Opens it without the ability to write.
    /// - Returns: the damage; `nil` when it is sound, missing, or cannot be read.
    public static func damage(at address: LedgerAddress) async -> LedgerError? {
        let options = LedgerOptions()
        do throws(LedgerError) {
            try await blocking(address, options) {
                try LedgerFile(path: address.path, options: options).checkSound(isBounded: false)
            }
            return nil
        } catch {
            return error.holdsOrders ? error : nil
        }
    }

    /// What keeps the tables from taking an order, by what the file says now; `nil` when nothing does. What a worker
    /// would restore counts as there. Tries it in memory.
    public func schemaProblem() async throws(LedgerError) -> LedgerError? {
        let path = path
        return try await read { db in
            try SchemaRehearsal.problem(db, restoring: try SchemaRepair.missing(db)).map {
                .unfitSchema(path: path, problem: $0.sentence, remedy: $0.remedy)
            }
        }
    }

    /// What another program has dropped of what the migrations added; a worker that runs or starts restores it.
    public func missingAdditions() async throws(LedgerError) -> [String] {
        try await read { try SchemaRepair.missing($0).map(\.what) }
    }

    /// Rows that cannot stand as they are, in sentences: money that moved a position without a fill that says so, and
    /// orders at the exchange without a trade. Reads the tables of orders.
    public func contradictions() async throws(LedgerError) -> [String] {
        try await read { db in
            func count(_ sql: String) throws -> Int { try Int.fetchOne(db, sql: sql) ?? 0 }
            let fills = try count(
                "SELECT count(*) FROM applied_fills WHERE fill_id NOT IN (SELECT fill_id FROM raw_trades)")
            let trades = try count(
                """
                SELECT count(*) FROM order_intents WHERE order_id IS NOT NULL AND state != 'SENT'
                    AND order_id NOT IN (SELECT order_id FROM trades WHERE order_id IS NOT NULL)
                """)
            return [
                fills > 0 ? "\(fills) fills have moved a bot's position and are not in raw_trades" : nil,
                trades > 0 ? "\(trades) orders that the exchange took have no row in trades" : nil,
            ].compactMap(\.self)
        }
    }
}
