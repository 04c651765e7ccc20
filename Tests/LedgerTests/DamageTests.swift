import Foundation
import GRDB
import Synchronization
import Testing
import Trading

@testable import Ledger

/// Files that must not be traded on.
@Suite struct DamageTests {
    private let files = FileManager.default

    @Test func `damage beyond the first page is found at the start`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        try await scratch.open().close()
        var bytes = try Data(contentsOf: URL(filePath: scratch.path))
        bytes.replaceSubrange(4096 * 3..<4096 * 4, with: Data(repeating: 0xA5, count: 4096))
        try bytes.write(to: URL(filePath: scratch.path))
        await #expect {
            try await scratch.open()
        } throws: { error in
            guard case .damaged = error as? LedgerError else { return false }
            return true
        }
        #expect(try Data(contentsOf: URL(filePath: scratch.path)) == bytes)
        #expect(await Ledger.damage(at: LedgerAddress(path: scratch.path)) != nil)
    }

    @Test func `an index that does not fit its table is found at the start`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        try await scratch.open().close()
        try scratch.raw { db in
            // From here on SQLite takes the index for one of another column, which its entries do not fit.
            try db.execute(
                sql: """
                    PRAGMA writable_schema = ON;
                    UPDATE sqlite_master SET sql = replace(sql, '(product_id)', '(status)')
                        WHERE name = 'ix_trades_product_id';
                    """)
        }
        await #expect {
            try await scratch.open()
        } throws: { error in
            guard case .damaged = error as? LedgerError else { return false }
            return true
        }
    }

    /// A restored file beside the log of the file that was there before, as a crash leaves it.
    private func staleLog() async throws -> (scratch: Scratch, log: Data) {
        let scratch = try Scratch()
        try scratch.useFixture()
        try await scratch.open().close()
        let backup = scratch.folder + "/backup.db"
        let log = try scratch.raw { db in
            try db.execute(sql: "VACUUM INTO '\(backup)'")
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
            try db.execute(
                sql: """
                    UPDATE trades SET order_id = 'x' || order_id, signal_scores = printf('%.400c', 'x');
                    UPDATE bots SET name = 'y' || name, signal_config = printf('%.900c', 'x');
                    INSERT INTO bot_signal_history (bot_id, timestamp, action, job_id)
                        SELECT bot_id, timestamp, action, 'job ' || id FROM bot_signal_history;
                    """)
            return try Data(contentsOf: URL(filePath: scratch.path + "-wal"))
        }
        for ending in ["", "-wal", "-shm"] { try? files.removeItem(atPath: scratch.path + ending) }
        try files.moveItem(atPath: backup, toPath: scratch.path)
        try log.write(to: URL(filePath: scratch.path + "-wal"))
        return (scratch, log)
    }

    @Test func `an old log beside a restored file is refused, named, and not written into it`() async throws {
        let (scratch, log) = try await staleLog()
        let before = try Data(contentsOf: URL(filePath: scratch.path))
        for _ in 0..<2 {
            await #expect {
                try await scratch.open()
            } throws: { error in
                guard case .foreignLog(scratch.path, _, let detail) = error as? LedgerError else { return false }
                return !detail.isEmpty && "\(error)".contains("-wal")
            }
        }
        #expect(try Data(contentsOf: URL(filePath: scratch.path)) == before)
        #expect(try Data(contentsOf: URL(filePath: scratch.path + "-wal")) == log)
        guard case .foreignLog = await Ledger.damage(at: LedgerAddress(path: scratch.path)) else {
            Issue.record("the damage is not found by reading all")
            return
        }
        try files.moveItem(atPath: scratch.path + "-wal", toPath: scratch.folder + "/old-wal")
        try? files.removeItem(atPath: scratch.path + "-shm")
        let ledger = try await scratch.open()
        #expect(try await ledger.bots().count == 39)
    }

    @Test func `what a crash left in the log is no damage`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        try await scratch.open().close()
        let crashed = try Scratch()
        try scratch.raw { db in
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
            try db.execute(sql: "UPDATE bots SET name = 'new name' WHERE id = 1")
            for ending in ["", "-wal"] {
                try files.copyItem(atPath: scratch.path + ending, toPath: crashed.path + ending)
            }
        }
        let ledger = try await crashed.open()
        #expect(try await ledger.bot(1)?.name == "new name")
    }

    @Test func `damage that is met while running holds orders, and another file ends it`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let ledger = try await scratch.open()
        #expect(await ledger.trouble() == nil)
        ledger.state.withLock { $0.damage = .damaged(path: scratch.path, detail: "a page") }
        await #expect(throws: LedgerError.damaged(path: scratch.path, detail: "a page")) {
            try await ledger.beginIntent(try intent("a"), botID: 1, fence: 1)
        }
        #expect(await ledger.fileTrouble() != nil)
    }

    @Test func `a copy over the open file is looked at, and so is the next one`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let ledger = try await scratch.open()
        _ = try scratch.raw { try $0.checkpoint(.truncate) }
        let sound = try Data(contentsOf: URL(filePath: scratch.path))
        func copyOver(_ bytes: Data) throws {
            let file = try FileHandle(forWritingTo: URL(filePath: scratch.path))
            try file.write(contentsOf: bytes)
            try file.truncate(atOffset: UInt64(bytes.count))
            ledger.state.withLock { $0.lastCheck = .now - .seconds(60) }
        }
        try copyOver(sound.prefix(sound.count / 2))
        #expect(await ledger.look()?.holdsOrders == true)
        await #expect(throws: LedgerError.self) {
            try await ledger.beginIntent(try intent("a"), botID: 1, fence: 1)
        }
        try copyOver(sound)
        #expect(await ledger.look() == nil)
        _ = try await ledger.beginIntent(try intent("a"), botID: 1, fence: 1)
    }

    @Test func `rows that contradict each other are told`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let ledger = try await scratch.open()
        #expect(try await ledger.contradictions().isEmpty)
        try scratch.raw { try $0.execute(sql: "INSERT INTO applied_fills VALUES ('lost', 1, '2025-10-04 12:00:00')") }
        #expect(try await ledger.contradictions().count == 1)
    }
}
