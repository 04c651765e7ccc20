import Foundation
import GRDB

/// What was found in a database file.
public struct LedgerReport: Sendable, Equatable {
    /// Rows that refer to a row which is not there.
    public struct Orphans: Sendable, Equatable {
        public let table, parent: String
        public let rows: Int
    }

    /// Values of a column that are not what it is for: text in a column of numbers, a time that is none.
    public struct Unreadable: Sendable, Equatable {
        public let table, column: String
        public let rows: Int
        /// The row id of the first, and what it holds, at most 60 characters.
        public let firstRow: Int
        public let example: String
    }

    public let path: String
    public let bytes: Int
    /// What SQLite finds wrong with pages and indexes, at most 100 lines.
    public let damage: [String]
    /// Number of the newest migration that the file has, and that of this program.
    public let schemaVersion, newestVersion: Int
    /// What another program has dropped of the migrations; a worker that starts restores it.
    public let missing: [String]
    /// Why the tables take no order; nil when they do, and before the first migration.
    public let problem: String?
    /// The old backend deletes rows without looking who refers to them: these are no fault.
    public let orphans: [Orphans]
    public let unreadable: [Unreadable]

    /// Whether nothing is wrong that somebody has to mend.
    public var isSound: Bool { damage.isEmpty && problem == nil && unreadable.isEmpty }
}

extension Ledger {
    /// Reads the whole file, several times over; changes nothing.
    /// - Throws: as `openReadOnly`, but for `damaged`, `foreignLog` and `notMigrated`, which are findings.
    public static func check(_ address: LedgerAddress) async throws(LedgerError) -> LedgerReport {
        let options = LedgerOptions()
        return try await blocking(address, options) {
            let file = LedgerFile(path: address.path, options: options)
            do {
                try FileIntegrity.refuseOtherThanFile(address.path)
                guard FileFacts(address.path) == nil || FileFacts.isDatabase(address.path) else {
                    throw LedgerError.notADatabase(path: address.path)
                }
                if FileFacts(address.path) != nil { try FileIntegrity.refuseTruncated(address.path) }
                try file.checkSound(isBounded: false)
                return try file.openForCopying().unsafeRead { try LedgerReport($0, path: address.path) }
            } catch LedgerError.damaged(_, let detail) {
                return LedgerReport(path: address.path, damage: detail)
            } catch LedgerError.foreignLog(_, let log, let detail) {
                return LedgerReport(path: address.path, damage: "\(detail), together with \(log)")
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
                return LedgerReport(path: address.path, damage: error.message ?? "malformed")
            }
        }
    }
}

extension LedgerReport {
    /// Of a file that cannot be read further.
    fileprivate init(path: String, damage: String) {
        self.init(
            path: path, bytes: Int(FileFacts(path)?.bytes ?? 0), damage: [damage], schemaVersion: 0,
            newestVersion: Migration.newest, missing: [], problem: nil, orphans: [], unreadable: [])
    }

    fileprivate init(_ db: Database, path: String) throws {
        let version = try Migrator.version(db)
        let isMigrated = version == Migration.newest
        let missing = isMigrated ? try SchemaRepair.missing(db) : []
        let problem = isMigrated ? try SchemaRehearsal.problem(db, restoring: missing) : nil
        self.init(
            path: path, bytes: Int(FileFacts(path)?.bytes ?? 0),
            damage: try FileIntegrity.problems(db, isFull: true), schemaVersion: version,
            newestVersion: Migration.newest, missing: missing.map(\.what),
            problem: problem.map { "\($0.sentence). \($0.remedy)." }, orphans: try Self.orphans(db),
            unreadable: try ColumnReading.all(db).compactMap { try $0.unreadable(db) })
    }

    private static func orphans(_ db: Database) throws -> [Orphans] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT "table" AS child, "parent" AS parent, count(*) AS rows FROM pragma_foreign_key_check
                GROUP BY 1, 2 ORDER BY 1, 2
                """
        ).map {
            Orphans(table: $0.text("child") ?? "", parent: $0.text("parent") ?? "", rows: $0.integer("rows") ?? 0)
        }
    }
}
