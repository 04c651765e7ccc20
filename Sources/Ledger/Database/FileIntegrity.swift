import Foundation
import GRDB

/// Whether a database file can be trusted. Reads with a connection that cannot write, so that a log which belongs to
/// another file is not written into this one.
struct FileIntegrity: Sendable {
    let path: String
    let configuration: Configuration

    /// Up to here the indexes are compared with the tables: half a second.
    static let fullBytes: Int64 = 64 << 20
    /// Up to here the pages are looked at; what is larger is left to `flotilla doctor`.
    static let quickBytes: Int64 = 1 << 30

    /// - Parameter isBounded: looks less closely at a large file, and not at all at a very large one.
    /// - Throws: `damaged`, or `foreignLog` when the file is sound without the log beside it.
    func check(isBounded: Bool) throws {
        let bytes = (FileFacts(path)?.bytes ?? 0) + (FileFacts(log)?.bytes ?? 0)
        guard bytes > 0, !isBounded || bytes <= Self.quickBytes else { return }
        guard let damage = try damage(isFull: !isBounded || bytes <= Self.fullBytes) else { return }
        guard (FileFacts(log)?.bytes ?? 0) > 0, isSoundAlone() else {
            throw LedgerError.damaged(path: path, detail: damage)
        }
        throw LedgerError.foreignLog(path: path, log: log, detail: damage)
    }

    private var log: String { FileFacts.resolved(path) + "-wal" }

    private func damage(isFull: Bool) throws -> String? {
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            return try queue.unsafeRead { try Self.problems($0, isFull: isFull) }.first
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            return error.message ?? "malformed"
        } catch let error as DatabaseError where [.SQLITE_READONLY, .SQLITE_CANTOPEN].contains(error.resultCode) {
            // A journal that a crash left behind has to be undone first, which a reader cannot.
            return nil
        }
    }

    /// Opening a pipe would wait for its writer.
    /// - Throws: `isFolder`, `notADatabase`; nothing for a file, or where there is none.
    static func refuseOtherThanFile(_ path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFDIR: throw LedgerError.isFolder(path: path)
        default: throw LedgerError.notADatabase(path: path)
        }
    }

    /// A file that ends early: SQLite says so only for some pages.
    /// - Throws: `damaged` when the file is shorter than its header says.
    static func refuseTruncated(_ path: String) throws {
        try refuseOtherThanFile(path)
        guard let file = FileHandle(forReadingAtPath: path) else { throw LedgerError.cannotOpen(path: path) }
        defer { try? file.close() }
        let header = [UInt8]((try? file.read(upToCount: 100)) ?? Data())
        guard header.count == 100 else { throw LedgerError.damaged(path: path, detail: "it ends within its header") }
        func number(_ range: Range<Int>) -> Int { header[range].reduce(0) { $0 << 8 | Int($1) } }
        let size = number(16..<18)
        let wanted = number(28..<32) * (size == 1 ? 65_536 : size)
        // The size of the database is only there when both counters agree; a log may hold further pages.
        guard number(24..<28) == number(92..<96), (FileFacts(path + "-wal")?.bytes ?? 0) == 0 else { return }
        let bytes = Int(FileFacts(path)?.bytes ?? 0)
        guard bytes >= wanted else {
            throw LedgerError.damaged(path: path, detail: "it has \(bytes) of \(wanted) bytes")
        }
    }

    /// What SQLite finds wrong, at most 100 lines.
    /// - Parameter isFull: compares the indexes with the tables too.
    static func problems(_ db: Database, isFull: Bool) throws -> [String] {
        let pragma = isFull ? "PRAGMA integrity_check(100)" : "PRAGMA quick_check(100)"
        return try String.fetchAll(db, sql: pragma).filter { $0 != "ok" }
    }

    /// Whether a copy of the file without its log is sound.
    private func isSoundAlone() -> Bool {
        let copy = FileManager.default.temporaryDirectory.appending(path: "ledger-\(UUID().uuidString).db").path
        defer {
            for ending in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: copy + ending) }
        }
        do {
            try FileManager.default.copyItem(atPath: FileFacts.resolved(path), toPath: copy)
            let queue = try DatabaseQueue(path: copy)
            return try queue.unsafeRead { try Self.problems($0, isFull: true) }.isEmpty
        } catch {
            return false
        }
    }
}
