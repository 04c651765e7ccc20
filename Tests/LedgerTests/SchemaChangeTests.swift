import Foundation
import GRDB
import TestSupport
import Testing
import Trading

@testable import Ledger

/// What the Python side's migrations do to tables that are in use.
@Suite struct SchemaChangeTests {
    /// The columns of a table as the application knows them: those of the first migration.
    private static func columns(_ table: String) throws -> String {
        let statements = Migration.all[0].statements
        let statement = try #require(statements.first { $0.hasPrefix("CREATE TABLE IF NOT EXISTS \(table) (") })
        return String(statement.drop { $0 != "(" }.dropFirst().dropLast(3))
    }

    /// A batch migration of Alembic: the table is re-created with the columns that the application knows, and more.
    /// - Parameters:
    ///   - more: further columns, each after a comma.
    ///   - without: a column that it drops.
    static func recreate(_ table: String, with more: String = "", without dropped: String = "") throws -> String {
        let lines = try columns(table).split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        let kept = lines.filter { dropped.isEmpty || !$0.hasPrefix(dropped + " ") }.joined(separator: "\n")
        let names = lines.compactMap { $0.split(separator: " ").first.map(String.init) }
            .filter { $0.first?.isLowercase == true && $0 != dropped }.joined(separator: ", ")
        let fresh = more.isEmpty ? kept : kept.replacing("PRIMARY KEY (id)", with: "\(more),\nPRIMARY KEY (id)")
        return """
            BEGIN;
            CREATE TABLE _alembic_tmp_\(table) (\(fresh));
            INSERT INTO _alembic_tmp_\(table) (\(names)) SELECT \(names) FROM \(table);
            DROP TABLE \(table);
            ALTER TABLE _alembic_tmp_\(table) RENAME TO \(table);
            COMMIT;
            """
    }

    /// Places and fills an order, and looks whether all of it is there.
    private func trade(_ id: String, in ledger: Ledger) async throws {
        _ = try await ledger.beginIntent(try intent(id, job: id), botID: 1, fence: 1)
        try await ledger.markIntent(id, state: .sent, fence: 1)
        try await ledger.recordFills(
            [try fill("fill-\(id)", "0.010000000000000001", at: "60000.01")],
            of: report("order-\(id)", client: id, state: .filled), jobID: id, fence: 1)
        #expect(try await ledger.intent(clientOrderID: id)?.state == .filled)
        let stored = try await ledger.rawTrades(limit: 200).first { $0.fillID == "fill-\(id)" }
        #expect(try stored?.size == amount("0.010000000000000001"))
    }

    @Test(arguments: ["raw_trades", "trades", "bot_signal_history", "notifications", "bots"])
    func `a table that was re-created without our columns gets them back`(table: String) async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let log = LogBook()
        let running = try await scratch.open(logger: log.logger)
        try await trade("before", in: running)
        try scratch.raw { try $0.execute(sql: Self.recreate(table)) }
        try await trade("running", in: running)
        _ = try await running.record(
            Evaluation(botID: 1, jobID: "j", at: noon, score: 0.1, action: .hold, confidence: 0.1))
        try await running.addNotification(key: "k", type: "a", title: "b", message: "c")
        #expect(log.lines.count { $0.contains("restored") } == 1, "\(log.lines)")
        #expect(await running.look() == nil)
        try await running.close()
        try scratch.raw { try $0.execute(sql: Self.recreate(table)) }
        let restarted = try await scratch.open()
        try await trade("restarted", in: restarted)
        #expect(try await restarted.rawTrades(limit: 200).count == 118 + 3)
        #expect(try await restarted.missingAdditions().isEmpty)
    }

    @Test func `the record of the migrations, tables and indexes of ours come back`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let ledger = try await scratch.open()
        try scratch.raw {
            try $0.execute(
                sql: """
                    DROP TABLE flotilla_migrations; DROP TABLE job_fences; DROP TABLE applied_fills;
                    DROP INDEX ix_raw_trades_fill_id; DROP INDEX ix_notifications_event_key;
                    """)
        }
        #expect(await ledger.look() == nil)
        try await trade("a", in: ledger)
        #expect(try await ledger.health().schemaVersion == Migration.newest)
        #expect(try await ledger.missingAdditions().isEmpty)
    }

    @Test(arguments: ["trades", "raw_trades", "bot_signal_history"])
    func `a column that must not be null holds orders until it can be left out`(table: String) async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        try scratch.raw { try $0.execute(sql: Self.recreate(table, with: "strategy VARCHAR(20) NOT NULL")) }
        for _ in 0..<2 {
            await #expect {
                try await ledger.beginIntent(try intent("a"), botID: 1, fence: 1)
            } throws: { error in
                guard case .unfitSchema(_, let problem, let remedy) = error as? LedgerError else { return false }
                return problem.contains("\(table).strategy") && remedy.contains("default")
            }
        }
        #expect(try await ledger.intent(clientOrderID: "a") == nil)
        #expect(await ledger.look()?.holdsOrders == true)
        #expect(await ledger.fileTrouble() == nil)
        #expect(try await ledger.schemaProblem() != nil)
        #expect(try await ledger.bots().isEmpty)
        try await ledger.logError(ErrorEntry(source: "s", type: "t", message: "other tables are written"))
        let again = try await scratch.open()
        #expect(await again.trouble()?.holdsOrders == true)
        try scratch.raw {
            try $0.execute(sql: Self.recreate(table, with: "strategy VARCHAR(20) NOT NULL DEFAULT 'none'"))
        }
        #expect(await ledger.look() == nil)
        try await trade("b", in: ledger)
        try await trade("c", in: again)
    }

    @Test(arguments: [
        ("raw_trades", "price"), ("raw_trades", "fill_id"), ("trades", "order_id"), ("trades", "filled_at"),
        ("bots", "pair"), ("bots", "signal_config"), ("bot_signal_history", "action"),
    ])
    func `a column that an order needs holds orders, and is not invented`(table: String, column: String) async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        let sql = try Self.recreate(table, without: column).replacing("UNIQUE (order_id)", with: "UNIQUE (id)")
        try scratch.raw { try $0.execute(sql: sql) }
        let trouble = await ledger.look()
        #expect(trouble?.holdsOrders == true && trouble?.description.contains(column) == true)
        await #expect(throws: LedgerError.self) {
            try await ledger.beginIntent(try intent("a"), botID: 1, fence: 1)
        }
        #expect(try scratch.raw { try Migrator.columns(of: table, $0) }.contains(column) == false)
    }

    @Test func `a table of trades that is gone is not made anew as if nothing was ever traded`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let ledger = try await scratch.open()
        try scratch.raw { try $0.execute(sql: "DROP TABLE raw_trades") }
        #expect(await ledger.look()?.description.contains("no such table") == true)
        try await ledger.close()
        let again = try await scratch.open()
        #expect(await again.trouble()?.holdsOrders == true)
        #expect(try scratch.raw { try $0.tableExists("raw_trades") } == false)
    }

    @Test func `rules and triggers that refuse an order hold it before it leaves`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        try scratch.raw {
            try $0.execute(
                sql: """
                    CREATE TRIGGER no_buys BEFORE INSERT ON trades WHEN NEW.side = 'BUY'
                    BEGIN SELECT RAISE(ABORT, 'closed for the holidays'); END
                    """)
        }
        #expect(await ledger.look()?.description.contains("closed for the holidays") == true)
        try scratch.raw { try $0.execute(sql: "DROP TRIGGER no_buys") }
        #expect(await ledger.look() == nil)
        let rule = try Self.recreate("trades", with: "CHECK (size < 0.0001)")
        try scratch.raw { try $0.execute(sql: rule) }
        #expect(await ledger.look()?.holdsOrders == true)
    }

    @Test func `two rows of one order cannot be, also when the table allows it`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        let sql = try Self.recreate("trades").replacing("UNIQUE (order_id)", with: "UNIQUE (id)")
        try scratch.raw { try $0.execute(sql: sql) }
        try await trade("a", in: ledger)
        #expect(try await ledger.missingAdditions().isEmpty)
    }

    @Test func `a read after the columns have changed their order reads the right ones`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let ledger = try await scratch.open()
        let before = try await ledger.bot(3)
        _ = try await ledger.record(
            Evaluation(botID: 3, jobID: "j", at: noon, score: 0.1, action: .hold, confidence: 0.1))
        try scratch.raw { db in
            let names = try String.fetchAll(db, sql: "SELECT name FROM pragma_table_info('bots')").reversed()
            try db.execute(
                sql: """
                    CREATE TABLE other AS SELECT \(names.joined(separator: ", ")) FROM bots; DROP TABLE bots;
                    ALTER TABLE other RENAME TO bots
                    """)
        }
        #expect(try await ledger.bot(3)?.pair == before?.pair)
        #expect(try await ledger.bot(3)?.positionSizeUSD == before?.positionSizeUSD)
    }
}
