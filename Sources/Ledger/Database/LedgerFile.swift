import Foundation
import GRDB

/// Opens the file: looks before it touches anything, and turns what it finds into a `LedgerError`. Blocks.
struct LedgerFile: Sendable {
    let path: String
    let options: LedgerOptions

    /// A pool in write-ahead mode on a file that is ours or fresh. Nothing has been migrated yet.
    func openForWriting() throws -> DatabasePool {
        try checkPlace()
        try checkWritable()
        if FileManager.default.fileExists(atPath: path) {
            try checkSound()
            // Before write-ahead mode, which is a change to the file, is set on another application's database. Not
            // read-only, since SQLite may have to finish what a crash left behind.
            try inspect(configuration(readOnly: false))
        }
        let pool = try openShared()
        // GRDB sets NORMAL, which may forget the last commits when the power fails. An intent must not be forgotten.
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        return pool
    }

    /// A pool that cannot write, on a file with all migrations.
    func openForReading() throws -> DatabasePool {
        try checkPlace()
        guard FileManager.default.fileExists(atPath: path) else { throw LedgerError.fileMissing(path: path) }
        let version = try inspect(configuration(readOnly: true))
        guard version == Migration.newest else {
            throw LedgerError.notMigrated(path: path, version: version, needed: Migration.newest)
        }
        return try DatabasePool(path: path, configuration: configuration(readOnly: true))
    }

    /// A connection for copying, which cannot write; on a file of any schema that this program knows.
    func openForCopying() throws -> DatabaseQueue {
        try checkPlace()
        guard FileManager.default.fileExists(atPath: path) else { throw LedgerError.fileMissing(path: path) }
        try inspect(configuration(readOnly: true))
        return try DatabaseQueue(path: path, configuration: configuration(readOnly: true))
    }

    /// A connection that is the only one, in SQLite's plain mode: all that was in the log stands in the file, and there
    /// is no log.
    /// - Throws: `copyRefused` while another connection is open, here or in another process.
    func openAlone() throws -> DatabaseQueue {
        try checkWritable()
        let queue = try DatabaseQueue(path: path, configuration: configuration(readOnly: false))
        do {
            let mode = try queue.writeWithoutTransaction { db in
                try String.fetchOne(db, sql: "PRAGMA journal_mode = DELETE") ?? ""
            }
            guard mode.lowercased() == "delete" else { throw inUse }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            throw inUse
        }
        return queue
    }

    private var inUse: LedgerError {
        .copyRefused(
            path: path, problem: "another program has the database open",
            remedy: "Stop it ('lsof \(path)' names it), and repeat the command")
    }

    private func checkPlace() throws {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
            return try FileIntegrity.refuseOtherThanFile(path)
        }
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw LedgerError.folderMissing(path: path)
        }
    }

    private var folder: String {
        let parent = (path as NSString).deletingLastPathComponent
        return parent.isEmpty ? "." : parent
    }

    private func checkWritable() throws {
        let files = FileManager.default
        guard files.isWritableFile(atPath: folder),
            !files.fileExists(atPath: path) || files.isWritableFile(atPath: path)
        else { throw LedgerError.readOnly(path: path) }
    }

    /// - Throws: `damaged`, `foreignLog`.
    func checkSound(isBounded: Bool = true) throws {
        try FileIntegrity(path: path, configuration: configuration(readOnly: true)).check(isBounded: isBounded)
    }

    @discardableResult
    private func inspect(_ configuration: Configuration) throws -> Int {
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        return try queue.unsafeRead { try SchemaCheck.check($0, path: path) }
    }

    /// Switching to write-ahead mode fails at once, without the busy timeout, when another process is just doing so.
    /// An empty immediate transaction waits for that process; then it is tried again.
    private func openShared() throws -> DatabasePool {
        for _ in 0..<50 {
            do {
                return try DatabasePool(path: path, configuration: configuration(readOnly: false))
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                let queue = try DatabaseQueue(path: path, configuration: configuration(readOnly: false))
                try queue.inDatabase { try $0.inTransaction(.immediate) { .commit } }
            }
        }
        throw LedgerError.locked(path: path, seconds: options.busySeconds)
    }

    private func configuration(readOnly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readOnly
        // The Python application never enforces them, and deletes bots that have trades.
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(options.busySeconds)
        configuration.maximumReaderCount = options.readers
        configuration.label = "ledger"
        return configuration
    }
}
