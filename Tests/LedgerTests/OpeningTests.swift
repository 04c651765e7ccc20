import Foundation
import GRDB
import Logging
import Testing
import Trading

@testable import Ledger

@Suite struct OpeningTests {
    @Test func `a missing folder is named`() async throws {
        let scratch = try Scratch()
        let path = scratch.folder + "/none/ledger.db"
        await #expect(throws: LedgerError.folderMissing(path: path)) { try await open(path) }
    }

    @Test func `a folder is not a file`() async throws {
        let scratch = try Scratch()
        await #expect(throws: LedgerError.isFolder(path: scratch.folder)) { try await open(scratch.folder) }
    }

    @Test func `a file that is no database is left as it was`() async throws {
        let scratch = try Scratch()
        let text = Data(String(repeating: "this is my thesis\n", count: 500).utf8)
        try text.write(to: URL(filePath: scratch.path))
        await #expect(throws: LedgerError.notADatabase(path: scratch.path)) { try await scratch.open() }
        #expect(try Data(contentsOf: URL(filePath: scratch.path)) == text)
    }

    @Test func `a damaged database is reported and left as it was`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        var bytes = try Data(contentsOf: URL(filePath: scratch.path))
        bytes.replaceSubrange(100..<4096, with: Data(repeating: 0xA5, count: 3996))
        try bytes.write(to: URL(filePath: scratch.path))
        await #expect {
            try await scratch.open()
        } throws: { error in
            if case .damaged = error as? LedgerError { true } else { false }
        }
        #expect(try Data(contentsOf: URL(filePath: scratch.path)) == bytes)
    }

    @Test func `another application's tables are refused before anything is written`() async throws {
        let scratch = try Scratch()
        try scratch.raw { try $0.execute(sql: "CREATE TABLE trades (id INTEGER PRIMARY KEY, ticker TEXT)") }
        let before = try Data(contentsOf: URL(filePath: scratch.path))
        await #expect {
            try await scratch.open()
        } throws: { error in
            guard case .otherSchema(_, "trades", let missing) = error as? LedgerError else { return false }
            return missing.contains("order_id") && !missing.contains("id")
        }
        #expect(try Data(contentsOf: URL(filePath: scratch.path)) == before)
    }

    @Test func `a file with tables of others alone is refused before anything is written`() async throws {
        let scratch = try Scratch()
        try scratch.raw { try $0.execute(sql: "CREATE TABLE songs (id INTEGER); CREATE TABLE albums (id INTEGER)") }
        let before = try Data(contentsOf: URL(filePath: scratch.path))
        let expected = LedgerError.foreignTables(path: scratch.path, tables: ["albums", "songs"])
        await #expect(throws: expected) { try await scratch.open() }
        #expect(try Data(contentsOf: URL(filePath: scratch.path)) == before)
    }

    @Test(arguments: ["CREATE TABLE alembic_version (version_num TEXT)", "PRAGMA user_version = 7"])
    func `a file in which no application has made its tables is taken`(_ sql: String) async throws {
        let scratch = try Scratch()
        try scratch.raw { try $0.execute(sql: sql) }
        let ledger = try await scratch.open()
        #expect(try await ledger.bots().isEmpty)
        try await ledger.close()
    }

    @Test func `a newer schema is refused`() async throws {
        let scratch = try Scratch()
        try await scratch.open().close()
        try scratch.raw { try $0.execute(sql: "INSERT INTO flotilla_migrations VALUES (99, 'later', '2030-01-01')") }
        let expected = LedgerError.newerSchema(path: scratch.path, version: 99, known: Migration.newest)
        await #expect(throws: expected) { try await scratch.open() }
    }

    @Test func `a file held by another process is named as locked`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let other = try scratch.hold("EXCLUSIVE")
        await #expect(throws: LedgerError.locked(path: scratch.path, seconds: 0.05)) {
            try await scratch.open(busySeconds: 0.05)
        }
        try other.close()
        _ = try await scratch.open()
    }

    @Test func `a write waits no longer than the busy timeout`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open(busySeconds: 0.05)
        let other = try scratch.hold("IMMEDIATE")
        await #expect(throws: LedgerError.locked(path: scratch.path, seconds: 0.05)) {
            try await ledger.addNotification(type: "a", title: "b", message: "c")
        }
        try other.close()
        try await ledger.addNotification(type: "a", title: "b", message: "c")
    }

    @Test func `a reader creates nothing, sees the rows and cannot write`() async throws {
        let scratch = try Scratch()
        let address = LedgerAddress(path: scratch.path)
        await #expect(throws: LedgerError.fileMissing(path: scratch.path)) {
            try await Ledger.openReadOnly(address, now: { noon })
        }
        try scratch.useFixture()
        await #expect(throws: LedgerError.notMigrated(path: scratch.path, version: 0, needed: Migration.newest)) {
            try await Ledger.openReadOnly(address, now: { noon })
        }
        let writer = try await scratch.open()
        let reader = try await Ledger.openReadOnly(address, now: { noon })
        #expect(try await reader.bots().count == 39)
        await #expect(throws: LedgerError.readOnly(path: scratch.path)) {
            try await reader.markBotError(1, reason: "x")
        }
        try await writer.close()
    }

    @Test func `every error is a sentence with a remedy`() {
        let errors: [LedgerError] = [
            .folderMissing(path: "/p"), .isFolder(path: "/p"), .fileMissing(path: "/p"), .cannotOpen(path: "/p"),
            .notADatabase(path: "/p"), .damaged(path: "/p", detail: "d"), .locked(path: "/p", seconds: 5),
            .readOnly(path: "/p"), .diskFull(path: "/p"), .otherSchema(path: "/p", table: "t", missing: ["c"]),
            .newerSchema(path: "/p", version: 9, known: 3), .notMigrated(path: "/p", version: 0, needed: 3),
            .fenced(job: "j", stored: 2, offered: 1), .noSuchBot(id: 1), .noSuchIntent(clientOrderID: "c"),
            .illegalMove(clientOrderID: "c", from: .filled, to: .open), .badSeed(problem: "p"), .cancelled,
            .unreadable(row: "1", column: "size", value: "x"), .failed(path: "/p", code: 1, detail: "d"),
            .intentDiffers(clientOrderID: "c", field: "f", stored: "a", offered: "b"),
            .badAddress(url: "u", problem: "p"), .gone(path: "/p"), .replaced(path: "/p"),
            .foreignLog(path: "/p", log: "/p-wal", detail: "d"),
            .unfitSchema(path: "/p", problem: "an order fails", remedy: "Undo it"),
            .copyRefused(path: "/p", problem: "the file exists", remedy: "Choose another name"),
            .copyFailed(path: "/p", reason: "No space left"), .foreignTables(path: "/p", tables: ["a", "b", "c", "d"]),
        ]
        for error in errors {
            #expect(error.description.count > 30 && error.description.hasSuffix("."), "\(error)")
            // What is not there must not be recommended.
            for command in error.description.split(separator: "'flotilla ").dropFirst() {
                #expect(["up", "doctor", "db restore FILE"].contains(command.prefix { $0 != "'" }), "\(error)")
            }
        }
    }

    private func open(_ path: String) async throws {
        _ = try await Ledger.open(
            LedgerAddress(path: path), now: { noon },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }
}
