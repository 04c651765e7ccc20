import Foundation
import GRDB
import Logging
import TestSupport
import Testing
import Trading

@testable import Ledger

/// What happens to the database file while a fleet has it open.
@Suite struct FileReplacedTests {
    private let files = FileManager.default

    private func begin(_ id: String, in ledger: Ledger) async throws {
        _ = try await ledger.beginIntent(try intent(id, job: id), botID: nil, fence: 1)
    }

    private func untilWell(_ ledger: Ledger) async throws {
        try await eventually("the file at the address is in use", within: .seconds(20), every: .milliseconds(50)) {
            await ledger.look() == nil
        }
    }

    /// Ids of the orders in a file, as another program reads them.
    private func orders(_ path: String) throws -> [String] {
        try DatabaseQueue(path: path).read {
            try String.fetchAll($0, sql: "SELECT client_order_id FROM order_intents ORDER BY 1")
        }
    }

    @Test func `no order is written to a file that was moved away, and the one at the address is used`() async throws {
        let scratch = try Scratch()
        let (log, moved) = (LogBook(), scratch.folder + "/moved.db")
        let ledger = try await scratch.open(logger: log.logger)
        try scratch.raw { try $0.execute(sql: "VACUUM INTO '\(scratch.folder)/backup.db'") }
        try await begin("before", in: ledger)
        try files.moveItem(atPath: scratch.path, toPath: moved)
        try files.moveItem(atPath: scratch.folder + "/backup.db", toPath: scratch.path)
        await #expect(throws: LedgerError.replaced(path: scratch.path)) { try await begin("meanwhile", in: ledger) }
        await #expect(throws: LedgerError.replaced(path: scratch.path)) {
            try await ledger.addNotification(type: "a", title: "b", message: "c")
        }
        #expect(await ledger.look() == .replaced(path: scratch.path))
        try await untilWell(ledger)
        try await begin("after", in: ledger)
        try await ledger.close()
        #expect(try orders(scratch.path) == ["after"])
        #expect(try orders(moved) == ["before"])
        #expect(await Ledger.damage(at: LedgerAddress(path: scratch.path)) == nil)
        #expect(log.lines.count { $0.contains("has taken the place") } == 1, "\(log.lines)")
        #expect(log.lines.count { $0.contains("is in use") } == 1, "\(log.lines)")
    }

    @Test func `the old file's log does not stay beside the new one, whichever process comes first`() async throws {
        let scratch = try Scratch()
        let ledgers = [try await scratch.open(), try await scratch.open(), try await scratch.open()]
        try scratch.raw { try $0.execute(sql: "VACUUM INTO '\(scratch.folder)/backup.db'") }
        for (index, ledger) in ledgers.enumerated() { try await begin("old-\(index)", in: ledger) }
        try files.moveItem(atPath: scratch.path, toPath: scratch.folder + "/moved.db")
        try files.moveItem(atPath: scratch.folder + "/backup.db", toPath: scratch.path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, ledger) in ledgers.enumerated() {
                group.addTask {
                    try await untilWell(ledger)
                    try await begin("new-\(index)", in: ledger)
                }
            }
            try await group.waitForAll()
        }
        for ledger in ledgers { try await ledger.close() }
        #expect(try orders(scratch.path) == ["new-0", "new-1", "new-2"])
        #expect(try orders(scratch.folder + "/moved.db") == ["old-0", "old-1", "old-2"])
        for name in ["ledger.db", "moved.db"] {
            #expect(await Ledger.damage(at: LedgerAddress(path: scratch.folder + "/" + name)) == nil)
        }
    }

    @Test func `a file that is gone holds orders until it is put back`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        try files.moveItem(atPath: scratch.path, toPath: scratch.path + ".away")
        await #expect(throws: LedgerError.gone(path: scratch.path)) { try await begin("meanwhile", in: ledger) }
        #expect(await ledger.look() == .gone(path: scratch.path))
        #expect(await ledger.fileTrouble() == .gone(path: scratch.path))
        #expect(try await ledger.bots().isEmpty)
        try files.moveItem(atPath: scratch.path + ".away", toPath: scratch.path)
        #expect(await ledger.look() == nil)
        try await begin("after", in: ledger)
    }

    @Test func `a deleted file is not made anew, and a restored one is used`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        try scratch.raw { try $0.execute(sql: "VACUUM INTO '\(scratch.folder)/backup.db'") }
        for ending in ["", "-wal", "-shm"] { try files.removeItem(atPath: scratch.path + ending) }
        #expect(await ledger.look() == .gone(path: scratch.path))
        #expect(!files.fileExists(atPath: scratch.path))
        try files.copyItem(atPath: scratch.folder + "/backup.db", toPath: scratch.path)
        try await untilWell(ledger)
        try await begin("after", in: ledger)
        #expect(try orders(scratch.path) == ["after"])
    }

    @Test func `a link that leads elsewhere is followed`() async throws {
        let (first, second, third) = (try Scratch(), try Scratch(), try Scratch())
        _ = try await (first.open().close(), second.open().close())
        try files.createSymbolicLink(atPath: third.path, withDestinationPath: first.path)
        let ledger = try await third.open()
        try await begin("first", in: ledger)
        try files.removeItem(atPath: third.path)
        try files.createSymbolicLink(atPath: third.path, withDestinationPath: second.path)
        await #expect(throws: LedgerError.replaced(path: third.path)) { try await begin("meanwhile", in: ledger) }
        try await untilWell(ledger)
        try await begin("second", in: ledger)
        #expect(try orders(first.path) == ["first"])
        #expect(try orders(second.path) == ["second"])
    }

    @Test func `what is no ledger is not used, with the reason, until one is there`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        try scratch.raw { try $0.execute(sql: "VACUUM INTO '\(scratch.folder)/backup.db'") }
        try files.removeItem(atPath: scratch.path)
        let text = Data(String(repeating: "not a database. ", count: 500).utf8)
        try text.write(to: URL(filePath: scratch.path))
        try await eventually("the file is refused", within: .seconds(20), every: .milliseconds(50)) {
            await ledger.look() == .notADatabase(path: scratch.path)
        }
        await #expect(throws: LedgerError.replaced(path: scratch.path)) { try await begin("meanwhile", in: ledger) }
        #expect(try Data(contentsOf: URL(filePath: scratch.path)) == text)
        try files.removeItem(atPath: scratch.path)
        try files.moveItem(atPath: scratch.folder + "/backup.db", toPath: scratch.path)
        try await untilWell(ledger)
        try await begin("after", in: ledger)
    }

    @Test func `a file that is no database leaves the log of the open one, which may come back`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        try await begin("before", in: ledger)
        try files.moveItem(atPath: scratch.path, toPath: scratch.folder + "/moved.db")
        try Data("no database at all".utf8).write(to: URL(fileURLWithPath: scratch.path))
        try await eventually("it is refused", within: .seconds(20), every: .milliseconds(50)) {
            await ledger.look() == .notADatabase(path: scratch.path)
        }
        try files.removeItem(atPath: scratch.path)
        try files.moveItem(atPath: scratch.folder + "/moved.db", toPath: scratch.path)
        try await untilWell(ledger)
        try await begin("after", in: ledger)
        try await ledger.close()
        #expect(try orders(scratch.path) == ["after", "before"])
    }

    @Test func `an older file that takes the place is migrated before it is used`() async throws {
        let (scratch, other) = (try Scratch(), try Scratch())
        try other.useFixture()
        let ledger = try await scratch.open()
        try files.removeItem(atPath: scratch.path)
        try files.moveItem(atPath: other.path, toPath: scratch.path)
        try await untilWell(ledger)
        #expect(try await ledger.health().schemaVersion == Migration.newest)
        #expect(try await ledger.bots().count == 39)
    }
}
