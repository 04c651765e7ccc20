import GRDB

/// Tells the trading database from another application's file before anything is written to it.
enum SchemaCheck {
    /// Throws `foreignTables` when the file holds tables of others alone, `otherSchema` when a table that the
    /// migrations would create exists without the columns they give it, and `newerSchema` when the file comes from a
    /// newer program. Reads only.
    static func check(_ db: Database, path: String) throws -> Int {
        let version = try Migrator.version(db)
        guard version <= Migration.newest else {
            throw LedgerError.newerSchema(path: path, version: version, known: Migration.newest)
        }
        guard version < Migration.newest else { return version }
        let created = try created()
        let present = try tables(db).filter { !bookkeeping.contains($0) }
        guard present.isEmpty || present.contains(where: { created[$0] != nil }) else {
            throw LedgerError.foreignTables(path: path, tables: present)
        }
        for (table, wanted) in created.sorted(by: { $0.key < $1.key }) {
            let present = try Migrator.columns(of: table, db)
            let missing = present.isEmpty ? [] : wanted.subtracting(present)
            guard missing.isEmpty else {
                throw LedgerError.otherSchema(path: path, table: table, missing: missing.sorted())
            }
        }
        return version
    }

    /// The columns with which each table is created; those added later do not count, they can still be added.
    private static func created() throws -> [String: Set<String>] {
        let memory = try DatabaseQueue()
        return try memory.write { db in
            var tables: [String: Set<String>] = [:]
            for migration in Migration.all {
                try Migrator.run(migration, db)
                for name in try Self.tables(db) where tables[name] == nil {
                    tables[name] = try Migrator.columns(of: name, db)
                }
            }
            return tables
        }
    }

    /// Tables that an application may have made in a file before its own: they say nothing of whose it is.
    private static let bookkeeping: Set<String> = ["alembic_version", "flotilla_migrations"]

    /// All but those of SQLite itself, by name.
    private static func tables(_ db: Database) throws -> [String] {
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        return try String.fetchAll(db, sql: sql).sorted()
    }
}
