import Foundation
import GRDB
public import Trading

/// What `beginIntent` found.
public enum BegunIntent: Sendable, Equatable {
    /// New: the order may be sent.
    case begun(IntentRecord)
    /// An earlier run wrote it: ask the exchange before sending, and send this record's sizes and price.
    case existing(IntentRecord)

    public var record: IntentRecord {
        switch self {
        case .begun(let record), .existing(let record): record
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
    ///   - botID: whose trade it will be; `nil` for a rebalance.
    ///   - signalScore: with `signalScoresJSON`, copied to the trade that comes of it.
    ///   - fence: the number of the job's lease; grows with each lease.
    /// - Throws: `fenced` when a later lease has written; `intentDiffers` when the id belongs to another job, product
    ///   or side, which means it was not derived as it should be.
    public func beginIntent(
        _ intent: OrderIntent, botID: Int?, signalScore: Double? = nil, signalScoresJSON: String? = nil, fence: Int64
    ) async throws(LedgerError) -> BegunIntent {
        let at = now()
        return try await write { db in
            try Ledger.checkFence(fence, job: intent.jobID, db)
            if let known = try Ledger.intent(intent.clientOrderID, db) {
                try Ledger.compare(known.intent, intent)
                return .existing(known)
            }
            try db.execute(
                sql: """
                    INSERT INTO order_intents (
                        client_order_id, job_id, bot_id, product_id, side, leg, attempt, order_kind, base_size,
                        limit_price, state, signal_score, signal_scores, created_at, updated_at
                    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    intent.clientOrderID, intent.jobID, botID, intent.product.rawValue, intent.side.rawValue,
                    intent.leg, intent.attempt, intent.kind.rawValue, intent.baseSize.description,
                    intent.limitPrice?.description, intent.state.rawValue, signalScore, signalScoresJSON,
                    LedgerTime(intent.createdAt).text, LedgerTime(at).text,
                ])
            guard let written = try Ledger.intent(intent.clientOrderID, db) else {
                preconditionFailure("a row just inserted is read in the same transaction")
            }
            return .begun(written)
        }
    }

    private static func compare(_ stored: OrderIntent, _ offered: OrderIntent) throws {
        let fields = [
            ("job", stored.jobID, offered.jobID), ("product", stored.product.rawValue, offered.product.rawValue),
            ("side", stored.side.rawValue, offered.side.rawValue),
        ]
        for (field, old, new) in fields where old != new {
            throw LedgerError.intentDiffers(
                clientOrderID: stored.clientOrderID, field: field, stored: old, offered: new)
        }
    }
}
