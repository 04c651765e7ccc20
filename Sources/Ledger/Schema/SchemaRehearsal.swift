import Foundation
import GRDB
import Trading

/// Tries, in memory and on empty tables, whether a database takes what an evaluation and an order leave behind: with
/// its columns, constraints, indexes and triggers as they are, also those of other programs. Reads only.
enum SchemaRehearsal {
    /// What an order would run into.
    struct Problem: Equatable {
        /// A clause, without a full stop.
        let sentence: String
        /// What mends it, as a sentence without a full stop.
        let remedy: String
    }

    /// The first problem; `nil` when there is none.
    /// - Parameter restored: what counts as done, though it is not in the file yet.
    static func problem(_ db: Database, restoring restored: [SchemaRepair.Step] = []) throws -> Problem? {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let memory = try DatabaseQueue(configuration: configuration)
        let statements = try String.fetchAll(
            db,
            sql: """
                SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 WHEN 'view' THEN 2 ELSE 3 END, rowid
                """)
        return try memory.writeWithoutTransaction { memory in
            // What cannot be made here is another application's, or the rehearsal misses it.
            for statement in statements + restored.map(\.statement) { try? memory.execute(sql: statement) }
            return try steps.lazy.compactMap { try rehearse($0, memory) }.first
        }
    }

    private struct Step {
        let what: String
        let run: (Database) throws -> Void
    }

    private static func rehearse(_ step: Step, _ db: Database) throws -> Problem? {
        var problem: Problem?
        try db.inTransaction(.immediate) {
            do {
                try step.run(db)
            } catch let error as DatabaseError {
                problem = Problem(step.what, error.message ?? "SQLite error \(error.resultCode.rawValue)")
            } catch {
                problem = Problem(step.what, "\(error)")
            }
            return .rollback
        }
        return problem
    }

    private static let at = Date(timeIntervalSince1970: 1_700_000_000)

    private static var steps: [Step] {
        [
            Step(what: "bots could not be read") { db in
                _ = try db.makeStatement(
                    sql: """
                        SELECT id, name, pair, status, position_size_usd, confirmation_minutes, trade_step_pct,
                            cooldown_minutes, signal_config, current_combined_score, signal_confirmation_start,
                            last_evaluation, created_at, updated_at, current_position_size, current_position_entry_price
                        FROM bots
                        """)
            },
            Step(what: "an evaluation could not be recorded") { db in
                try Ledger.insertHistory(
                    Evaluation(botID: 1, jobID: "rehearsal", at: at, score: 0.5, action: .buy, confidence: 0.5), db)
            },
            Step(what: "an order of a bot could not be recorded") { try order(botID: 1, $0) },
            Step(what: "an order without a bot could not be recorded") { try order(botID: nil, $0) },
        ]
    }

    /// All that the ledger writes of an order that is filled.
    private static func order(botID: Int?, _ db: Database) throws {
        let (job, client) = ("rehearsal", "rehearsal-1")
        guard let product = ProductID(rawValue: "BTC-USD") else { return }
        try Ledger.checkFence(1, job: job, db)
        let intent = OrderIntent(
            jobID: job, leg: "cross", attempt: 0, clientOrderID: client, product: product, side: .buy,
            baseSize: try Amount("0.001"), limitPrice: try Amount("60000"), kind: .limitIOC, createdAt: at)
        let stored = try NewIntent(intent: intent, botID: botID, signalScore: 0.5, signalScoresJSON: "{}")
            .insert(db, at: at)
        try Ledger.update(stored, .sent, orderID: nil, reason: nil, db, at: at)
        let report = OrderReport(
            orderID: "rehearsal-order", clientOrderID: client, product: product, side: .buy, state: .open,
            createdAt: at)
        _ = try Ledger.recordFills([], of: report, botID: botID, jobID: job, fence: 1, db, at: at)
        let fill = FillReport(
            fillID: "rehearsal-fill", size: try Amount("0.001"), price: try Amount("60000"),
            commission: try Amount("0.36"), at: at)
        var filled = report
        filled.state = .filled
        _ = try Ledger.recordFills([fill], of: filled, botID: botID, jobID: job, fence: 1, db, at: at)
    }
}

extension SchemaRehearsal.Problem {
    /// - Parameter message: SQLite's own.
    fileprivate init(_ what: String, _ message: String) {
        sentence = "\(what): \(message)"
        let named = message.split(separator: ": ").dropFirst().first.map(String.init) ?? ""
        remedy =
            if message.hasPrefix("NOT NULL constraint failed") {
                "Give \(named) a default, or let it be NULL"
            } else if message.hasPrefix("no such") || message.contains("has no column") {
                "Bring it back, or restore a backup with 'flotilla db restore FILE'"
            } else {
                "Undo that change of the tables"
            }
    }
}
