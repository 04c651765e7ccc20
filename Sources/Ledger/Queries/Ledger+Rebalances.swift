import Foundation
import GRDB

/// Whose turn is it to rebalance? One at a time for a portfolio.
extension Ledger {
    /// The only portfolio so far.
    static let portfolio = "default"

    /// Asks for a rebalance's turn; the one that has it already goes on.
    ///
    /// - Parameters:
    ///   - id: the rebalance: the job that began it.
    ///   - job: the job that asks: the same, or the one that follows its sells.
    ///   - closing: another open rebalance that the caller found to be over; it is closed in the same step.
    ///   - fence: the number of the job's lease.
    /// - Throws: `fenced`.
    public func rebalanceTurn(
        _ id: String, job: String, closing: String? = nil, fence: Int64
    ) async throws(LedgerError) -> RebalanceTurn {
        let at = now()
        return try await write { db in
            try Ledger.checkFence(fence, job: job, db)
            if let closing, closing != id { try Ledger.close(rebalance: closing, report: nil, db, at: at) }
            if let row = try Row.one(
                db, sql: "SELECT * FROM rebalances WHERE rebalance_id = ?", arguments: [id])
            {
                guard row.text("state") == "OPEN" else { return .over(report: row.text("report") ?? "") }
                let planned = try Ledger.planned(by: job, db)
                return .granted(planned: planned, report: planned.isEmpty ? nil : row.text("report"))
            }
            // What follows a rebalance never begins one.
            guard job == id else { return .over(report: "") }
            if let open = try Ledger.openRebalance(db) { return .taken(open) }
            try db.run(
                "INSERT INTO rebalances (rebalance_id, portfolio, state, begun_at) VALUES (?, ?, 'OPEN', ?)",
                [id, Ledger.portfolio, LedgerTime(at).text])
            return .granted(planned: [], report: nil)
        }
    }

    /// Writes down what a rebalance job planned, before its executions are enqueued.
    /// - Parameter isOver: it came to nothing, and the next may begin.
    /// - Throws: `fenced`.
    public func recordRebalance(
        _ id: String, job: String, orders: [PlannedOrder], report: String, isOver: Bool, fence: Int64
    ) async throws(LedgerError) {
        let at = now()
        try await write { db in
            try Ledger.checkFence(fence, job: job, db)
            for order in orders {
                try db.run(
                    """
                    INSERT INTO rebalance_orders (job_id, rebalance_id, planned_by, payload) VALUES (?, ?, ?, ?)
                    ON CONFLICT (job_id) DO NOTHING
                    """, [order.jobID, id, job, order.payload])
            }
            try db.run("UPDATE rebalances SET report = ? WHERE rebalance_id = ?", [report, id])
            if isOver { try Ledger.close(rebalance: id, report: report, db, at: at) }
        }
    }

    /// The rebalance that has its turn.
    public func openRebalance() async throws(LedgerError) -> OpenRebalance? {
        try await read { try Ledger.openRebalance($0) }
    }

    static func isOpen(rebalance id: String, _ db: Database) throws -> Bool {
        try Row.one(
            db, sql: "SELECT 1 FROM rebalances WHERE rebalance_id = ? AND state = 'OPEN'", arguments: [id]) != nil
    }

    private static func close(rebalance id: String, report: String?, _ db: Database, at now: Date) throws {
        try db.run(
            """
            UPDATE rebalances SET state = 'CLOSED', ended_at = ?, report = coalesce(?, report)
            WHERE rebalance_id = ? AND state = 'OPEN'
            """, [LedgerTime(now).text, report, id])
    }

    private static func openRebalance(_ db: Database) throws -> OpenRebalance? {
        let row = try Row.one(
            db, sql: "SELECT * FROM rebalances WHERE portfolio = ? AND state = 'OPEN'", arguments: [portfolio])
        guard let row, let id = row.text("rebalance_id") else { return nil }
        let jobs = try String.fetchAll(
            db, sql: "SELECT job_id FROM rebalance_orders WHERE rebalance_id = ? ORDER BY job_id", arguments: [id])
        let undecided = try String.fetchAll(
            db,
            sql: """
                SELECT DISTINCT job_id FROM order_intents
                WHERE state IN ('INTENT', 'SENT', 'UNKNOWN', 'OPEN')
                    AND job_id IN (SELECT job_id FROM rebalance_orders WHERE rebalance_id = ?)
                ORDER BY job_id
                """, arguments: [id])
        return OpenRebalance(id: id, begunAt: row.time("begun_at"), orderJobs: jobs, undecidedJobs: undecided)
    }

    private static func planned(by job: String, _ db: Database) throws -> [PlannedOrder] {
        try Row.all(
            db, sql: "SELECT * FROM rebalance_orders WHERE planned_by = ? ORDER BY rowid", arguments: [job]
        ).map { PlannedOrder(jobID: $0.text("job_id") ?? "", payload: $0.text("payload") ?? "") }
    }
}
