import Foundation
import GRDB

/// A copy that was made.
public struct LedgerBackup: Sendable, Equatable {
    /// The file that was written.
    public let path: String
    public let bytes: Int
    /// Number of the newest migration that it has; 0 for a file of the Python application.
    public let schemaVersion: Int
    /// Where the database that was there before is now; nil when there was none, or it was not kept.
    public let kept: String?
}

/// Copies of the whole database, and back.
extension Ledger {
    /// Writes what the database holds at this moment to another file, while others go on writing. The copy is checked
    /// whole, and on disk, before it gets its name. Only its owner can read it.
    ///
    /// - Parameter replacing: whether a file of that name makes way. The database itself never does.
    /// - Throws: `copyRefused`, `damaged`, and as `openReadOnly`; there is no copy then.
    public static func backUp(
        _ address: LedgerAddress, to path: String, replacing: Bool = false
    ) async throws(LedgerError) -> LedgerBackup {
        let options = LedgerOptions()
        return try await blocking(address, options) {
            if let there = FileFacts(path) {
                guard replacing else { throw LedgerCopy.exists(path) }
                try refuseInUse(path, there, insteadOf: address.path)
            }
            let copy = try LedgerCopy(of: LedgerFile(path: address.path, options: options), to: path, mode: 0o600)
            try copy.publish(replacing: replacing)
            return LedgerBackup(path: path, bytes: Int(copy.bytes), schemaVersion: copy.schemaVersion, kept: nil)
        }
    }

    /// SQLite would take the log beside a replaced file for that of the new one.
    private static func refuseInUse(_ path: String, _ there: FileFacts, insteadOf source: String) throws {
        guard there.identity != FileFacts(source)?.identity else {
            throw LedgerError.copyRefused(
                path: path, problem: "this is the database itself", remedy: "Name another file")
        }
        for ending in ["-wal", "-journal"] where (FileFacts(path + ending)?.bytes ?? 0) > 0 {
            throw LedgerError.copyRefused(
                path: path, problem: "its log \(path + ending) holds changes, so it is in use",
                remedy: "Choose another name")
        }
    }

    /// Puts a copy of a backup in the place of the database, which is kept beside it under another name. The backup
    /// itself does not change.
    ///
    /// At every moment there is a whole database at the address, the old one or the new. Call it only while no fleet
    /// writes there; a connection that is open all the same, of whichever program, makes it refuse.
    /// - Parameter keeping: the new name of the old database, a path in the same folder.
    /// - Throws: `copyRefused` when the file is no ledger, or the database is in use; `damaged` for a file that is not
    ///   whole. Nothing has changed then.
    public static func restore(
        _ path: String, to address: LedgerAddress, keeping kept: String
    ) async throws(LedgerError) -> LedgerBackup {
        let options = LedgerOptions()
        return try await blocking(address, options) {
            let target = FileFacts.resolved(address.path)
            guard let there = FileFacts(path) else { throw LedgerError.fileMissing(path: path) }
            guard there.identity != FileFacts(target)?.identity else {
                throw LedgerError.copyRefused(
                    path: path, problem: "this is the database itself", remedy: "Name a backup of it")
            }
            guard FileFacts.isDatabase(path) else { throw LedgerError.notADatabase(path: path) }
            try FileIntegrity.refuseTruncated(path)
            let lock = try FolderLock(folderOf: target)
            defer { withExtendedLifetime(lock) {} }
            let copy = try LedgerCopy(
                of: LedgerFile(path: path, options: options), to: target, mode: mode(of: target) ?? 0o644)
            copy.take(ownerOf: target)
            do {
                let isKept = try setAside(target, as: kept, options)
                try copy.publish(replacing: true)
                return LedgerBackup(
                    path: address.path, bytes: Int(copy.bytes), schemaVersion: copy.schemaVersion,
                    kept: isKept ? kept : nil)
            } catch {
                copy.discard()
                throw error
            }
        }
    }

    private static func mode(of path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
    }

    /// Gives the database a second name, and leaves no log beside the first.
    /// - Returns: whether there was one.
    private static func setAside(_ path: String, as kept: String, _ options: LedgerOptions) throws -> Bool {
        guard FileFacts(path) != nil else { return false }
        guard FileFacts(kept) == nil else { throw LedgerCopy.exists(kept) }
        do {
            // SQLite would remove a log that it finds beside a file which is none of its own.
            guard FileFacts.isDatabase(path) else { throw DatabaseError(resultCode: .SQLITE_NOTADB) }
            try LedgerFile(path: path, options: LedgerOptions(busySeconds: 1)).openAlone().close()
        } catch let error as DatabaseError
            where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
        {
            // What is damaged is kept with its log, as it is.
            for ending in ["-wal", "-journal"] where FileFacts(path + ending) != nil {
                guard rename(path + ending, kept + ending) == 0 else { throw LedgerCopy.failure(kept) }
            }
        }
        guard link(path, kept) == 0 else { throw LedgerCopy.failure(kept) }
        unlink(path + "-shm")
        return true
    }
}
