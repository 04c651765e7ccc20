import Foundation
import GRDB
import Synchronization

/// One opening of the database file: the connections, the file that they hold, and whether its tables take what is
/// written.
final class LedgerConnection: Sendable {
    /// What was found of the tables when they were looked at last.
    private struct Verdict {
        /// Counts the changes of the schema, by whatever program.
        let version: Int32
        let problem: LedgerError?
    }

    let pool: DatabasePool
    let path: String
    let file: FileFacts.Identity?
    /// Its write-ahead log.
    private let log: FileFacts.Identity?
    private let resolved: String
    private let verdict = Mutex<Verdict?>(nil)

    /// Opens the file as it is now, for writing. Nothing is migrated.
    static func open(_ file: LedgerFile) throws -> LedgerConnection {
        for _ in 0..<3 {
            let before = FileFacts(file.path)?.identity
            let opened = LedgerConnection(try file.openForWriting(), file.path)
            // Else the file was replaced while it was opened.
            guard let before, before != opened.file else { return opened }
            try opened.pool.close()
        }
        throw LedgerError.replaced(path: file.path)
    }

    init(_ pool: DatabasePool, _ path: String) {
        self.pool = pool
        self.path = path
        file = FileFacts(path)?.identity
        resolved = FileFacts.resolved(path)
        log = FileFacts(resolved + "-wal")?.identity
    }

    /// Whether the file at the address is the one that the connections hold.
    var isAtAddress: Bool { FileFacts(path)?.identity == file }

    /// Why no order may be written here; nil when the tables are fit, or were not looked at.
    var problem: LedgerError? { verdict.withLock { $0?.problem } }

    /// Whether the tables are as they were when they were examined last. Inside of a transaction they stay so.
    func isExamined(_ db: Database) throws -> Bool {
        let version = try db.schemaVersion()
        return verdict.withLock { $0?.version == version }
    }

    func isExamined() throws -> Bool { try pool.read { try isExamined($0) } }

    /// Looks at the tables, restores what the migrations had added to them, and remembers what keeps them from taking
    /// an order. Writes only when something is to be restored.
    /// - Returns: what was restored.
    @discardableResult
    func examine(at now: Date) throws -> [String] {
        let isWhole = try pool.read { db in
            guard try SchemaRepair.missing(db).isEmpty else { return false }
            try judge(db)
            return true
        }
        // What the writer has compiled was for other tables.
        pool.writeWithoutTransaction { $0.clearSchemaCache() }
        if isWhole { return [] }
        return try pool.write { db in
            let outcome = try SchemaRepair.repair(db, at: now)
            try judge(db)
            return outcome
        }
    }

    private func judge(_ db: Database) throws {
        let problem = try SchemaRehearsal.problem(db).map {
            LedgerError.unfitSchema(path: path, problem: $0.sentence, remedy: $0.remedy)
        }
        let version = try db.schemaVersion()
        verdict.withLock { $0 = Verdict(version: version, problem: problem) }
    }

    /// Forgets the pages that were read: the file has been changed by other means than SQLite's, perhaps.
    func forgetPages() throws {
        pool.invalidateReadOnlyConnections()
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA shrink_memory") }
    }

    /// Leaves a file that was moved away from its address. All that is in its log is written into it, and the log,
    /// which has kept its name, gives way: SQLite would take it for the log of the file that is there now. A log that
    /// could not be written into its file is renamed, not removed.
    /// - Returns: where the log is now, when it still holds something.
    func leave() throws -> String? {
        _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        let name = resolved + "-wal"
        var kept: String?
        if let log, let found = FileFacts(name), found.identity == log {
            if found.bytes == 0 {
                unlink(name)
            } else {
                let other = "\(name).of-\(log.inode)"
                guard rename(name, other) == 0 else { throw LedgerError.readOnly(path: name) }
                kept = other
            }
            // An index of that log; the next connection makes it anew.
            unlink(resolved + "-shm")
        }
        return kept
    }
}
