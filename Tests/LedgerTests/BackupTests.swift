import Foundation
import GRDB
import Testing
import Trading

@testable import Ledger

/// Copies of the database, and back.
@Suite struct BackupTests {
    private let files = FileManager.default

    private func opened() async throws -> Scratch {
        let scratch = try Scratch()
        try scratch.useFixture()
        try await scratch.open().close()
        return scratch
    }

    private func bots(_ path: String) throws -> Int {
        try DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "SELECT count(*) FROM bots") ?? 0 }
    }

    private func leftovers(_ scratch: Scratch) throws -> [String] {
        try files.contentsOfDirectory(atPath: scratch.folder).filter { $0.hasSuffix(".part") }
    }

    @Test func `a backup holds what is in the log, in one file that only its owner reads`() async throws {
        let scratch = try await opened()
        let ledger = try await scratch.open()
        try await ledger.setStatus(.stopped, ofBot: 1)
        let target = scratch.folder + "/copy.db"
        let backup = try await Ledger.backUp(LedgerAddress(path: scratch.path), to: target)
        #expect(backup.path == target && backup.schemaVersion == Migration.newest && backup.bytes > 4096)
        let names = try files.contentsOfDirectory(atPath: scratch.folder)
        #expect(names.contains("copy.db") && !names.contains("copy.db-wal"))
        #expect(try leftovers(scratch) == [])
        let attributes = try files.attributesOfItem(atPath: target)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let copy = try await Ledger.openReadOnly(LedgerAddress(path: target), now: { noon })
        #expect(try await copy.bot(1)?.status == .stopped)
    }

    @Test func `a backup during writes is of one moment`() async throws {
        let scratch = try await opened()
        let ledger = try await scratch.open()
        let at = noon
        try await withThrowingTaskGroup { group in
            group.addTask {
                // Two rows in each transaction, which no copy may tear apart.
                for number in 0..<200 {
                    try await ledger.write { db in
                        for half in 0..<2 {
                            try db.execute(
                                sql: """
                                    INSERT INTO error_log (event_key, source, error_type, message, created_at)
                                    VALUES (?, 'a', 'b', 'c', ?)
                                    """,
                                arguments: ["\(number)-\(half)", LedgerTime(at).text])
                        }
                    }
                }
            }
            for number in 0..<5 {
                let target = scratch.folder + "/copy-\(number).db"
                _ = try await Ledger.backUp(LedgerAddress(path: scratch.path), to: target)
                let rows = try await DatabaseQueue(path: target).read { db in
                    try Int.fetchOne(db, sql: "SELECT count(*) FROM error_log WHERE source = 'a'") ?? -1
                }
                #expect(rows >= 0 && rows.isMultiple(of: 2))
            }
            try await group.waitForAll()
        }
    }

    @Test func `a file that exists is not overwritten, and the database never is`() async throws {
        let scratch = try await opened()
        let target = scratch.folder + "/copy.db"
        try Data("mine".utf8).write(to: URL(filePath: target))
        let address = LedgerAddress(path: scratch.path)
        await #expect { try await Ledger.backUp(address, to: target) } throws: { "\($0)".contains("--force") }
        #expect(try String(contentsOfFile: target, encoding: .utf8) == "mine")
        _ = try await Ledger.backUp(address, to: target, replacing: true)
        #expect(try bots(target) == 39)
        await #expect { try await Ledger.backUp(address, to: scratch.path, replacing: true) } throws: {
            "\($0)".contains("the database itself")
        }
        try Data("changes".utf8).write(to: URL(filePath: target + "-wal"))
        await #expect { try await Ledger.backUp(address, to: target, replacing: true) } throws: {
            "\($0)".contains("in use")
        }
    }

    @Test func `what is missing, or in a folder that is, is not backed up`() async throws {
        let scratch = try await opened()
        let none = scratch.folder + "/none.db"
        await #expect(throws: LedgerError.fileMissing(path: none)) {
            try await Ledger.backUp(LedgerAddress(path: none), to: scratch.folder + "/copy.db")
        }
        await #expect { try await Ledger.backUp(LedgerAddress(path: scratch.path), to: "/nowhere/copy.db") } throws: {
            "\($0)".contains("cannot be written")
        }
    }

    @Test func `a restored backup takes the place of the database, which is kept`() async throws {
        let scratch = try await opened()
        let address = LedgerAddress(path: scratch.path)
        let (backup, kept) = (scratch.folder + "/copy.db", scratch.path + ".before")
        _ = try await Ledger.backUp(address, to: backup)
        try scratch.raw { try $0.execute(sql: "DELETE FROM bots WHERE id > 3") }
        let done = try await Ledger.restore(backup, to: address, keeping: kept)
        #expect(done.kept == kept && done.path == scratch.path)
        #expect(try bots(scratch.path) == 39 && bots(kept) == 3 && bots(backup) == 39)
        let ledger = try await scratch.open()
        #expect(try await ledger.bots().count == 39)
        #expect(try leftovers(scratch).isEmpty)
    }

    @Test func `a database that is open is not replaced`() async throws {
        let scratch = try await opened()
        let backup = scratch.folder + "/copy.db"
        let address = LedgerAddress(path: scratch.path)
        _ = try await Ledger.backUp(address, to: backup)
        let ledger = try await scratch.open()
        #expect(try await ledger.bots().count == 39)
        let kept = scratch.path + ".before"
        await #expect { try await Ledger.restore(backup, to: address, keeping: kept) } throws: {
            "\($0)".contains("another program has the database open")
        }
        #expect(!files.fileExists(atPath: kept))
        #expect(try leftovers(scratch) == [])
        try await ledger.setStatus(.stopped, ofBot: 1)
        try await ledger.close()
        _ = try await Ledger.restore(backup, to: address, keeping: kept)
        #expect(try bots(kept) == 39)
    }

    @Test func `a backup that is cut off is refused`() async throws {
        let scratch = try await opened()
        let (backup, address) = (scratch.folder + "/copy.db", LedgerAddress(path: scratch.path))
        _ = try await Ledger.backUp(address, to: backup)
        let whole = try Data(contentsOf: URL(filePath: backup))
        for bytes in [50, 4096, whole.count / 2, whole.count - 4096, whole.count - 1] {
            try whole.prefix(bytes).write(to: URL(filePath: backup))
            await #expect(throws: LedgerError.self, "\(bytes) bytes") {
                try await Ledger.restore(backup, to: address, keeping: scratch.path + ".before")
            }
            #expect(!files.fileExists(atPath: scratch.path + ".before"))
            #expect(try leftovers(scratch) == [])
        }
        try Data().write(to: URL(filePath: backup))
        await #expect(throws: LedgerError.self) {
            try await Ledger.restore(backup, to: address, keeping: scratch.path + ".before")
        }
        #expect(try bots(scratch.path) == 39)
    }

    @Test func `a file that is no ledger is refused`() async throws {
        let scratch = try await opened()
        let address = LedgerAddress(path: scratch.path)
        let (text, other) = (scratch.folder + "/notes.txt", scratch.folder + "/other.db")
        try Data("not a database, but long enough to be looked at".utf8).write(to: URL(filePath: text))
        try await DatabaseQueue(path: other).write { try $0.execute(sql: "CREATE TABLE songs (id INTEGER)") }
        for path in [text, other, scratch.path, scratch.folder + "/none.db"] {
            await #expect(throws: LedgerError.self, "\(path)") {
                try await Ledger.restore(path, to: address, keeping: scratch.path + ".before")
            }
        }
        #expect(try bots(scratch.path) == 39 && !files.fileExists(atPath: scratch.path + ".before"))
    }

    @Test func `a damaged database makes way with its log`() async throws {
        let scratch = try await opened()
        let (backup, address) = (scratch.folder + "/copy.db", LedgerAddress(path: scratch.path))
        _ = try await Ledger.backUp(address, to: backup)
        try Data(repeating: 0xA5, count: 8192).write(to: URL(filePath: scratch.path))
        try Data("log".utf8).write(to: URL(filePath: scratch.path + "-wal"))
        let kept = scratch.path + ".before"
        _ = try await Ledger.restore(backup, to: address, keeping: kept)
        #expect(try bots(scratch.path) == 39 && files.fileExists(atPath: kept + "-wal"))
        #expect(try await scratch.open().bots().count == 39)
    }

    @Test func `a backup of the Python application's file can be restored where nothing is`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let backup = scratch.folder + "/copy.db"
        #expect(try await Ledger.backUp(LedgerAddress(path: scratch.path), to: backup).schemaVersion == 0)
        try files.removeItem(atPath: scratch.path)
        let done = try await Ledger.restore(
            backup, to: LedgerAddress(path: scratch.path), keeping: scratch.path + ".before")
        #expect(done.kept == nil)
        #expect(try await scratch.open().bots().count == 39)
    }
}
