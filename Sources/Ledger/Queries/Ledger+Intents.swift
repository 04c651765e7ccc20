import Foundation
import GRDB
import Trading

/// Which orders were meant, and how far did they come?
extension Ledger {
    /// `nil` when there is none.
    public func intent(clientOrderID: String) async throws(LedgerError) -> IntentRecord? {
        try await read { try Ledger.intent(clientOrderID, $0) }
    }

    /// The intent behind an order of the exchange; `nil` when none is recorded.
    /// - Parameter orderID: the exchange's id.
    public func intent(orderID: String) async throws(LedgerError) -> IntentRecord? {
        try await read { db in
            try Row.one(
                db, sql: "SELECT * FROM order_intents WHERE order_id = ? ORDER BY rowid LIMIT 1", arguments: [orderID]
            ).map { try IntentRecord($0) }
        }
    }

    /// All orders that a job meant to place, oldest first.
    public func intents(jobID: String) async throws(LedgerError) -> [IntentRecord] {
        try await read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM order_intents WHERE job_id = ? ORDER BY created_at, rowid", arguments: [jobID]
            ).map { try IntentRecord($0) }
        }
    }

    /// The job's newest order.
    public func intent(jobID: String) async throws(LedgerError) -> IntentRecord? {
        try await intents(jobID: jobID).last
    }

    /// Orders the exchange may still change, or of which we do not know, oldest first; of one bot, or of all.
    public func unsettledIntents(botID: Int? = nil) async throws(LedgerError) -> [IntentRecord] {
        try await read { try Ledger.unsettledIntents(botID: botID, $0) }
    }

    static func unsettledIntents(botID: Int?, _ db: Database) throws -> [IntentRecord] {
        try Row.all(
            db,
            sql: """
                SELECT * FROM order_intents
                WHERE state IN ('INTENT', 'SENT', 'UNKNOWN', 'OPEN') AND (?1 IS NULL OR bot_id = ?1)
                ORDER BY created_at, rowid
                """, arguments: [botID]
        ).map { try IntentRecord($0) }
    }

    static func intent(_ clientOrderID: String, _ db: Database) throws -> IntentRecord? {
        try Row.fetchOne(
            db, sql: "SELECT * FROM order_intents WHERE client_order_id = ?", arguments: [clientOrderID]
        ).map { try IntentRecord($0) }
    }
}
