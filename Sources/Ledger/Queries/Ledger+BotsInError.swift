import GRDB

/// A bot that does not trade until its row is mended.
public struct BotInError: Sendable, Equatable {
    /// The row's id in `bots`.
    public let id: Int
    /// As stored; may be no product at all.
    public let pair: String
    /// The newest entry of `error_log` about it; `nil` when another program set the status.
    public let reason: String?
    /// It runs again by itself when the exchange lists its product.
    public let waitsForProduct: Bool
}

extension Ledger {
    /// The bots in ERROR, by id.
    public func botsInError() async throws(LedgerError) -> [BotInError] {
        try await read { db in
            try Row.all(
                db,
                sql: """
                    SELECT id, pair,
                        (SELECT message FROM error_log WHERE bot_id = bots.id ORDER BY created_at DESC, id DESC LIMIT 1)
                            AS reason,
                        EXISTS (SELECT 1 FROM bot_faults WHERE bot_id = bots.id) AS waits
                    FROM bots WHERE status = 'ERROR' ORDER BY id
                    """, arguments: []
            ).map { row in
                BotInError(
                    id: row.integer("id") ?? 0, pair: row.text("pair") ?? "", reason: row.text("reason"),
                    waitsForProduct: row.flag("waits"))
            }
        }
    }
}
