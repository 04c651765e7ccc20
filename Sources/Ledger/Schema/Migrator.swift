import Foundation
import GRDB

/// Brings a database to the newest schema. Holds no connection; every function takes one.
///
/// The versions are kept in `flotilla_migrations`, not in GRDB's own `grdb_migrations`: the file belongs to two
/// applications, so the table says whose it is, and it stays readable should the library change.
enum Migrator {
    /// The newest version that was applied; 0 for a file without any.
    static func version(_ db: Database) throws -> Int {
        guard try db.tableExists("flotilla_migrations") else { return 0 }
        return try Int.fetchOne(db, sql: "SELECT max(version) FROM flotilla_migrations") ?? 0
    }

    /// Applies what is missing, and returns the names. Call inside BEGIN IMMEDIATE: of several processes that start at
    /// once the first does the work while the others wait, and they then find it done.
    static func migrate(_ db: Database, at now: Date) throws -> [String] {
        try db.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS flotilla_migrations (
                    version INTEGER NOT NULL PRIMARY KEY,
                    name TEXT NOT NULL,
                    applied_at DATETIME NOT NULL
                )
                """)
        let reached = try version(db)
        let missing = Migration.all.filter { $0.version > reached }
        for migration in missing { try apply(migration, db, at: now) }
        return missing.map(\.name)
    }

    private static func apply(_ migration: Migration, _ db: Database, at now: Date) throws {
        try run(migration, db)
        try db.execute(
            sql: "INSERT INTO flotilla_migrations (version, name, applied_at) VALUES (?, ?, ?)",
            arguments: [migration.version, migration.name, LedgerTime(now).text])
    }

    /// Runs the statements, leaving out columns that exist already.
    static func run(_ migration: Migration, _ db: Database) throws {
        for statement in migration.statements {
            if let added = Migration.addedColumn(by: statement),
                try columns(of: added.table, db).contains(added.column.lowercased())
            {
                continue
            }
            try db.execute(sql: statement)
        }
    }

    /// Lower-case names of a table's columns, generated ones too; empty when there is no such table.
    static func columns(of table: String, _ db: Database) throws -> Set<String> {
        // table_info leaves generated columns out, table_xinfo does not.
        let names = try String.fetchAll(db, sql: "SELECT name FROM pragma_table_xinfo(?)", arguments: [table])
        return Set(names.map { $0.lowercased() })
    }
}
