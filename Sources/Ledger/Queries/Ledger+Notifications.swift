import Foundation
import GRDB

extension Ledger {
    /// Adds an unread notification; with a key, once however often it is called.
    /// - Parameters:
    ///   - type: such as `trade_alert`, `system_alert`, `market_opportunity`; the page picks an icon by it.
    ///   - priority: `low`, `normal`, `high` or `critical`.
    ///   - details: JSON text.
    public func addNotification(
        key: String? = nil, type: String, title: String, message: String, priority: String = "normal",
        details: String? = nil
    ) async throws(LedgerError) {
        let at = LedgerTime(now()).text
        try await write { db in
            try db.execute(
                sql: """
                    INSERT INTO notifications (type, title, message, priority, data, read, created_at, event_key)
                    VALUES (?, ?, ?, ?, ?, 0, ?, ?)
                    ON CONFLICT (event_key) DO NOTHING
                    """, arguments: [type, title, message, priority, details, at, key])
        }
    }

    /// The newest first, at most `limit`.
    public func notifications(limit: Int, unreadOnly: Bool = false) async throws(LedgerError) -> [NotificationRecord] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM notifications WHERE NOT ?1 OR CAST(coalesce(read, 0) AS INTEGER) = 0
                    ORDER BY created_at DESC, id DESC LIMIT ?2
                    """, arguments: [unreadOnly, limit]
            ).map { NotificationRecord($0) }
        }
    }
}
