import Foundation
import GRDB
public import Trading

/// What `beginIntent` found.
public enum BegunIntent: Sendable, Equatable {
    /// New: the order may be sent.
    case begun(IntentRecord)
    /// An earlier run wrote it: ask the exchange before sending, and send this record's sizes and price.
    case existing(IntentRecord)
    /// Nothing was written: what the check objected.
    case refused(String)

    /// What is in the ledger now; `nil` when it was refused.
    public var record: IntentRecord? {
        switch self {
        case .begun(let record), .existing(let record): record
        case .refused: nil
        }
    }
}

extension Ledger {
    /// Writes an order down before it is sent. When this returns, the row survives a power failure.
    ///
    /// A client order id that is known gives the stored record unchanged, since the market may have moved between two
    /// runs and an order is placed with the parameters that were written first.
    /// - Parameters:
    ///   - intent: in state INTENT; its `createdAt` is where a later search on the exchange starts.
    ///   - botID: whose trade it will be; `nil` for an order of no bot.
    ///   - signalScore: with `signalScoresJSON`, copied to the trade that comes of it.
    ///   - fence: the number of the job's lease; grows with each lease.
    ///   - check: may refuse a new order. It judges what the ledger holds within this very transaction, so that of two
    ///     orders which exclude each other only one begins.
    /// - Throws: `fenced` when a later lease has written; `intentDiffers` when the id belongs to another job, product
    ///   or side, which means it was not derived as it should be.
    public func beginIntent(
        _ intent: OrderIntent, botID: Int?, signalScore: Double? = nil, signalScoresJSON: String? = nil, fence: Int64,
        check: PlacementCheck? = nil
    ) async throws(LedgerError) -> BegunIntent {
        let order = NewIntent(
            intent: intent, botID: botID, signalScore: signalScore, signalScoresJSON: signalScoresJSON)
        let at = now()
        return try await write(placing: true) { db in
            try Ledger.checkFence(fence, job: intent.jobID, db)
            if let known = try order.stored(db) { return .existing(known) }
            if let check, let objection = check.objection(try Ledger.placementRecord(check.question, db)) {
                return .refused(objection)
            }
            return .begun(try order.insert(db, at: at))
        }
    }
}

/// An order that is about to be written down, and whose it is.
struct NewIntent: Sendable {
    let intent: OrderIntent
    let botID: Int?
    let signalScore: Double?
    let signalScoresJSON: String?

    /// The row of its client order id, when an earlier run wrote one.
    /// - Throws: `intentDiffers` when the id belongs to another job, product or side.
    func stored(_ db: Database) throws -> IntentRecord? {
        guard let known = try Ledger.intent(intent.clientOrderID, db) else { return nil }
        let (old, new) = (known.intent, intent)
        for (field, old, new) in [
            ("job", old.jobID, new.jobID), ("product", old.product.rawValue, new.product.rawValue),
            ("side", old.side.rawValue, new.side.rawValue),
        ] where old != new {
            throw LedgerError.intentDiffers(
                clientOrderID: intent.clientOrderID, field: field, stored: old, offered: new)
        }
        return known
    }

    func insert(_ db: Database, at now: Date) throws -> IntentRecord {
        try db.execute(
            sql: """
                INSERT INTO order_intents (
                    client_order_id, job_id, bot_id, product_id, side, leg, attempt, order_kind, base_size,
                    limit_price, state, signal_score, signal_scores, created_at, updated_at, bot_created_at
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (
                    SELECT coalesce(created_at, '') FROM bots WHERE id = ?
                ))
                """,
            arguments: [
                intent.clientOrderID, intent.jobID, botID, intent.product.rawValue, intent.side.rawValue,
                intent.leg, intent.attempt, intent.kind.rawValue, intent.baseSize.description,
                intent.limitPrice?.description, intent.state.rawValue, signalScore, signalScoresJSON,
                LedgerTime(intent.createdAt).text, LedgerTime(now).text, botID,
            ])
        guard let written = try Ledger.intent(intent.clientOrderID, db) else {
            preconditionFailure("a row just inserted is read in the same transaction")
        }
        return written
    }
}
