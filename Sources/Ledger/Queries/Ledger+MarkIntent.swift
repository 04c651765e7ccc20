import Foundation
import GRDB
public import Trading

extension Ledger {
    /// Moves an intent to another state. Staying in a state is no move and succeeds.
    ///
    /// - Parameters:
    ///   - orderID: the exchange's id, once known; never replaced by `nil`.
    ///   - reason: why it failed or is undetermined, one line.
    ///   - fence: the number of the job's lease; `nil` for reconciliation, which only repeats what the exchange says.
    /// - Throws: `noSuchIntent`, `fenced`, `illegalMove` (see `OrderState.canMove`), `intentDiffers` when the
    ///   exchange's id is another than the stored one.
    @discardableResult
    public func markIntent(
        _ clientOrderID: String, state: OrderState, orderID: String? = nil, reason: String? = nil, fence: Int64?
    ) async throws(LedgerError) -> IntentRecord {
        let at = now()
        return try await write(placing: state == .sent) { db in
            guard let stored = try Ledger.intent(clientOrderID, db) else {
                throw LedgerError.noSuchIntent(clientOrderID: clientOrderID)
            }
            if let fence { try Ledger.checkFence(fence, job: stored.intent.jobID, db) }
            guard stored.state.canMove(to: state) else {
                throw LedgerError.illegalMove(clientOrderID: clientOrderID, from: stored.state, to: state)
            }
            try Ledger.update(stored, state, orderID: orderID, reason: reason, db, at: at)
            return try Ledger.intent(clientOrderID, db) ?? stored
        }
    }

    static func update(
        _ stored: IntentRecord, _ state: OrderState, orderID: String?, reason: String?, _ db: Database, at now: Date
    ) throws {
        if let old = stored.orderID, let orderID, old != orderID {
            throw LedgerError.intentDiffers(
                clientOrderID: stored.intent.clientOrderID, field: "order id", stored: old, offered: orderID)
        }
        try db.execute(
            sql: """
                UPDATE order_intents
                SET state = ?, order_id = coalesce(?, order_id), reason = coalesce(?, reason), updated_at = ?
                WHERE client_order_id = ?
                """,
            arguments: [state.rawValue, orderID, reason, LedgerTime(now).text, stored.intent.clientOrderID])
        // From here on no undecided order stands for what was bought: see `PlacementRecord.settledOrders`.
        if state.isTerminal, !stored.state.isTerminal {
            try db.run("UPDATE order_changes SET settled = settled + 1 WHERE id = 1", [])
        }
    }
}
