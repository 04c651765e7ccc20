import GRDB

extension Ledger {
    /// Refuses a writer whose lease is older than one that has written for the same job, and remembers this one.
    ///
    /// A worker that was paused beyond its lease wakes up with a lower number and changes nothing any more.
    static func checkFence(_ fence: Int64, job: String, _ db: Database) throws {
        let stored = try Int64.fetchOne(db, sql: "SELECT fence FROM job_fences WHERE job_id = ?", arguments: [job])
        if let stored, stored > fence { throw LedgerError.fenced(job: job, stored: stored, offered: fence) }
        try db.execute(
            sql: """
                INSERT INTO job_fences (job_id, fence) VALUES (?, ?)
                ON CONFLICT (job_id) DO UPDATE SET fence = excluded.fence
                """, arguments: [job, fence])
    }
}
