import GRDB

extension Ledger {
    /// What tells this database from another: a number in its header, where no table of anybody's stands. A copy, a
    /// backup and a moved file have the same. Made when the database has none.
    /// - Throws: as any write.
    public func identity() async throws(LedgerError) -> String {
        let stored = try await read { db in try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0 }
        if stored != 0 { return "\(stored)" }
        var random = SystemRandomNumberGenerator()
        let new = Int32.random(in: 1...Int32.max, using: &random)
        return try await write { db in
            // Of two that come at once the first one counts.
            let stored = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
            if stored != 0 { return "\(stored)" }
            try db.execute(sql: "PRAGMA application_id = \(new)")
            return "\(new)"
        }
    }
}
