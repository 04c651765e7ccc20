public import Foundation
import GRDB
public import Trading

/// A row of `order_intents`: an order that was written down before it was sent, and what became of it.
public struct IntentRecord: Sendable, Equatable {
    /// What was meant, and its state. A second run places this, not what it would compute now.
    public let intent: OrderIntent
    /// The bot whose order it is; `nil` for an order of no bot.
    public let botID: Int?
    /// With the id: which bot. `nil` when no bot was there, or an older version wrote the row.
    public let botCreatedAt: String?
    /// The exchange's id, once known.
    public let orderID: String?
    /// Why it failed or is undetermined.
    public let reason: String?
    /// The score that the order came of, -1 (buy) to 1 (sell); copied to the trade.
    public let signalScore: Double?
    /// JSON object, signal → score; copied to the trade.
    public let signalScoresJSON: String?
    /// When the state was written last.
    public let updatedAt: Date?

    /// Where the order stands as far as the ledger knows.
    public var state: OrderState { intent.state }

    /// Throws `unreadable` when a field is not what this program would have written.
    init(_ row: Row) throws(LedgerError) {
        func word<Word>(_ column: String, _ read: (String) -> Word?) throws(LedgerError) -> Word {
            guard let word = row.text(column).flatMap(read) else { throw row.unreadable(column) }
            return word
        }
        guard let baseSize = try row.amount("base_size") else { throw row.unreadable("base_size") }
        intent = OrderIntent(
            jobID: try word("job_id") { $0 }, leg: try word("leg") { $0 }, attempt: try word("attempt") { Int($0) },
            clientOrderID: try word("client_order_id") { $0 },
            product: try word("product_id", ProductID.init(rawValue:)), side: try word("side", Side.init(rawValue:)),
            baseSize: baseSize, limitPrice: try row.amount("limit_price"),
            kind: try word("order_kind", OrderKind.init(rawValue:)),
            createdAt: try word("created_at") { LedgerTime($0)?.date },
            state: try word("state", OrderState.init(rawValue:)))
        botID = row.integer("bot_id")
        botCreatedAt = row.text("bot_created_at")
        orderID = row.text("order_id")
        reason = row.text("reason")
        signalScore = row.number("signal_score")
        signalScoresJSON = row.text("signal_scores")
        updatedAt = row.time("updated_at")
    }
}
