import Foundation
import GRDB
import Testing
import Trading

@testable import Ledger

@Suite struct MigrationTests {
    @Test func `a missing file becomes a ledger in write ahead mode`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        let health = try await ledger.health()
        #expect(ledger.isFresh)
        #expect(health.schemaVersion == Migration.newest)
        #expect(health.journalMode == "wal")
        #expect(health.bots == 0)
        #expect(await Ledger.damage(at: LedgerAddress(path: scratch.path)) == nil)
    }

    @Test func `the old file keeps its rows and gains the new names`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let ledger = try await scratch.open()
        #expect(!ledger.isFresh)
        #expect(try await ledger.bots().count == 39)
        #expect(try await ledger.runningBots().count == 33)
        try scratch.raw { db throws in
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM raw_trades") == 118)
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM trades") == 59)
            #expect(try Int.fetchOne(db, sql: "SELECT sum(is_active) FROM bots") == 33)
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM bots WHERE product_id IS NOT pair") == 0)
            #expect(
                try Int.fetchOne(
                    db,
                    sql: """
                        SELECT count(*) FROM raw_trades
                        WHERE coinbase_order_id = order_id AND fill_fees IS commission AND status = 'FILLED'
                        """) == 118)
        }
    }

    @Test func `the fresh schema has the columns and indexes of the old file`() async throws {
        let (old, fresh) = (try Scratch(), try Scratch())
        try old.useFixture()
        _ = try await old.open()
        _ = try await fresh.open()
        #expect(try shape(old) == shape(fresh))
    }

    @Test func `opening again changes nothing`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        try await scratch.open().close()
        let before = try scratch.raw { try Row.fetchAll($0, sql: "SELECT * FROM flotilla_migrations") }
        let second = try await scratch.open()
        #expect(!second.isFresh)
        #expect(try scratch.raw { try Row.fetchAll($0, sql: "SELECT * FROM flotilla_migrations") } == before)
    }

    @Test(arguments: [false, true])
    func `of four that open at once one migrates and none fails`(old: Bool) async throws {
        for _ in 0..<5 {
            let scratch = try Scratch()
            if old { try scratch.useFixture() }
            let fresh = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 { group.addTask { try await scratch.open().isFresh } }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(fresh == (old ? 0 : 1))
            #expect(
                try scratch.raw { try Int.fetchOne($0, sql: "SELECT count(*) FROM flotilla_migrations") }
                    == Migration.newest)
        }
    }

    @Test func `a half applied file is completed`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        try scratch.raw { db throws in
            try db.execute(sql: "ALTER TABLE bots ADD COLUMN last_evaluation DATETIME")
            try db.execute(
                sql: "ALTER TABLE bots ADD COLUMN product_id VARCHAR(20) GENERATED ALWAYS AS (pair) VIRTUAL")
        }
        let ledger = try await scratch.open()
        #expect(try await ledger.health().schemaVersion == Migration.newest)
    }

    @Test func `inserts and updates that name only the old columns still work`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let ledger = try await scratch.open()
        try scratch.raw { db throws in
            try db.execute(
                sql: """
                    INSERT INTO bots (name, pair, status, position_size_usd) VALUES ('new', 'ETH-USD', 'RUNNING', 10.0);
                    UPDATE bots SET status = 'STOPPED', updated_at = '2025-10-04 12:00:00.000000' WHERE name = 'new';
                    INSERT INTO raw_trades (fill_id, order_id, product_id, side, size, size_in_quote, price, created_at)
                    VALUES ('f', 'o', 'NEW-USD', 'BUY', 0.1, 0, 0.3, '2025-10-04T12:00:00Z');
                    INSERT INTO bot_signal_history (bot_id, timestamp, action) VALUES (1, '2025-10-04 12:00:00', 'buy');
                    INSERT INTO bot_signal_history (bot_id, timestamp, action) VALUES (1, '2025-10-04 12:00:00', 'buy');
                    INSERT INTO notifications (type, title, message) VALUES ('a', 'b', 'c'), ('a', 'b', 'c');
                    DELETE FROM bots WHERE id = 2;
                    """)
        }
        #expect(try await ledger.bots().last?.status == .stopped)
        #expect(try await ledger.bot(2) == nil)
    }

    private func shape(_ scratch: Scratch) throws -> [String: Set<String>] {
        try scratch.raw { db throws in
            let names = try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
            var shape: [String: Set<String>] = [:]
            for name in names { shape[name] = try Migrator.columns(of: name, db) }
            shape["indexes"] = Set(
                try String.fetchAll(
                    db, sql: "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"))
            return shape
        }
    }
}
