import GRDB

/// Which notifications has somebody read?
extension Ledger {
    /// How many nobody has read, of all.
    public func unreadNotificationCount() async throws(LedgerError) -> Int {
        try await read { db in
            try Int.fetchOne(
                db, sql: "SELECT count(*) FROM notifications WHERE CAST(coalesce(read, 0) AS INTEGER) = 0") ?? 0
        }
    }

    /// Marks one as read.
    /// - Returns: whether it was unread; `nil` when there is none of this id.
    public func markNotificationRead(_ id: Int) async throws(LedgerError) -> Bool? {
        try await write { db in
            guard let row = try Row.one(db, sql: "SELECT * FROM notifications WHERE id = ?", arguments: [id]) else {
                return nil
            }
            guard !NotificationRecord(row).isRead else { return false }
            try db.execute(sql: "UPDATE notifications SET read = 1 WHERE id = ?", arguments: [id])
            return true
        }
    }
}
