import Foundation
import GRDB

/// A copy of a database in a file of its own, which is complete, checked and on disk before it gets its name. Blocks.
struct LedgerCopy {
    /// Where the copy stands until it gets its name: beside it.
    let draft: String
    let schemaVersion: Int
    let bytes: Int64
    private let target: String

    /// Copies what the file and its log hold at one moment, while others write to it.
    /// - Parameters:
    ///   - target: what the copy will be called.
    ///   - mode: the permissions of the copy.
    /// - Throws: as `Ledger.openReadOnly`, but for `notMigrated`; `copyRefused` when it is no ledger. No file is left.
    init(of source: LedgerFile, to target: String, mode: mode_t) throws {
        self.target = target
        let folder = (target as NSString).deletingLastPathComponent
        let name = ".\((target as NSString).lastPathComponent.prefix(100)).\(UUID().uuidString.prefix(8)).part"
        draft = folder.isEmpty ? name : folder + "/" + name
        let reader = try source.openForCopying()
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw LedgerCopy.failure(target) }
        fchmod(descriptor, mode)
        close(descriptor)
        do {
            let writer = try DatabaseQueue(path: draft, configuration: LedgerCopy.configuration)
            try reader.backup(to: writer)
            // A file without a log beside it is the whole database.
            try writer.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
            schemaVersion = try writer.unsafeRead { try LedgerCopy.check($0, path: source.path) }
            try writer.close()
            try LedgerCopy.sync(draft)
            bytes = FileFacts(draft)?.bytes ?? 0
        } catch {
            for ending in ["", "-wal", "-shm", "-journal"] { unlink(draft + ending) }
            throw error
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        return configuration
    }

    /// Whether every page, index and table of a ledger is there.
    private static func check(_ db: Database, path: String) throws -> Int {
        if let problem = try FileIntegrity.problems(db, isFull: true).first {
            throw LedgerError.damaged(path: path, detail: problem)
        }
        for table in ["bots", "trades", "raw_trades"] {
            guard try db.tableExists(table) else {
                throw LedgerError.copyRefused(
                    path: path, problem: "it has no table '\(table)', so it is no ledger",
                    remedy: "Name a backup of the trading database")
            }
        }
        return try SchemaCheck.check(db, path: path)
    }

    /// Gives the copy its name; an existing file makes way only when `replacing`.
    /// - Throws: `copyRefused` when the name is taken; the copy is removed.
    func publish(replacing: Bool) throws {
        defer { unlink(draft) }
        // Unlike a rename, a link fails when a file has that name.
        let result = replacing ? rename(draft, target) : link(draft, target)
        guard result == 0 else {
            throw errno == EEXIST ? LedgerCopy.exists(target) : LedgerCopy.failure(target)
        }
        let folder = (target as NSString).deletingLastPathComponent
        try LedgerCopy.sync(folder.isEmpty ? "." : folder)
    }

    /// Removes the copy, unless it has its name already.
    func discard() { unlink(draft) }

    /// Gives the copy to the owner of a file. Only root may; for anybody else the owner is the same, or the folder's
    /// rules decide.
    func take(ownerOf path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        _ = chown(draft, status.st_uid, status.st_gid)
    }

    static func exists(_ path: String) -> LedgerError {
        .copyRefused(
            path: path, problem: "the file exists, and is not overwritten",
            remedy: "Choose another name, or say --force to replace it")
    }

    static func failure(_ path: String) -> LedgerError {
        .copyFailed(path: path, reason: String(cString: strerror(errno)))
    }

    /// Makes a file, or the names in a folder, durable.
    static func sync(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(path) }
    }
}
