import Foundation
import GRDB
import Testing

@testable import Ledger

/// What `Ledger.check` finds in a file.
@Suite struct FileCheckTests {
    private func check(_ scratch: Scratch) async throws -> LedgerReport {
        try await Ledger.check(LedgerAddress(path: scratch.path))
    }

    @Test func `a sound ledger has nothing to mend`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let before = try await check(scratch)
        #expect(before.isSound && before.schemaVersion == 0 && before.newestVersion == Migration.newest)
        try await scratch.open().close()
        let report = try await check(scratch)
        #expect(report.isSound && report.schemaVersion == Migration.newest && report.missing == [])
        #expect(report.damage == [] && report.orphans == [] && report.unreadable == [] && report.bytes > 4096)
    }

    @Test func `values that no reader can use are found by table and column`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        try await scratch.open().close()
        try scratch.raw { db in
            try db.execute(
                sql: """
                    UPDATE raw_trades SET size = 'much', size_text = '1e5' WHERE id IN (3, 5);
                    UPDATE raw_trades SET created_at = 'yesterday' WHERE id = 7;
                    UPDATE trades SET price = 9e999 WHERE id = 2;
                    UPDATE bots SET name = x'00ff', signal_confirmation_start = 'soon' WHERE id = 1;
                    """)
        }
        let report = try await check(scratch)
        #expect(!report.isSound)
        #expect(
            report.unreadable.map { "\($0.table).\($0.column) \($0.rows) \($0.firstRow) \($0.example)" } == [
                "bots.name 1 1 2 bytes", "bots.signal_confirmation_start 1 1 soon", "raw_trades.size 2 3 much",
                "raw_trades.created_at 1 7 yesterday", "raw_trades.size_text 2 3 1e5", "trades.price 1 2 Inf",
            ])
    }

    @Test func `rows of a deleted bot are told, and are no fault`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        try await scratch.open().close()
        try scratch.raw { try $0.execute(sql: "DELETE FROM bots WHERE id = 1") }
        let report = try await check(scratch)
        let tables = ["adaptive_signal_weights", "bot_signal_history", "trades"]
        #expect(report.isSound && report.orphans.map(\.table) == tables)
        #expect(report.orphans.allSatisfy { $0.parent == "bots" && $0.rows > 0 })
    }

    @Test func `a dropped table is told, and so is one that takes no order`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        try await scratch.open().close()
        try scratch.raw { try $0.execute(sql: "DROP TABLE held_products; DROP TABLE raw_trades") }
        let report = try await check(scratch)
        #expect(report.missing.contains("table held_products") && report.problem != nil && !report.isSound)
    }

    @Test func `damage and a cut are findings, and what is no database is not checked`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        try await scratch.open().close()
        let whole = try Data(contentsOf: URL(filePath: scratch.path))
        var bytes = whole
        bytes.replaceSubrange(4096 * 3..<4096 * 4, with: Data(repeating: 0xA5, count: 4096))
        try bytes.write(to: URL(filePath: scratch.path))
        #expect(try await !check(scratch).damage.isEmpty)
        try whole.dropLast(4096).write(to: URL(filePath: scratch.path))
        let cut = try await check(scratch).damage
        #expect(cut.count == 1)
        try Data("something else entirely".utf8).write(to: URL(filePath: scratch.path))
        await #expect(throws: LedgerError.notADatabase(path: scratch.path)) { try await check(scratch) }
    }
}
