import Foundation
import GRDB

/// Restores columns and tables of the migrations that another program has dropped: a program that re-creates a table
/// creates only the columns that it knows. Holds no connection.
///
/// The tables of the Python application are not created anew when one is gone: an empty one would say that nothing was
/// ever traded.
enum SchemaRepair {
    /// A statement of an applied migration whose outcome is missing.
    struct Step: Equatable {
        let what: String
        let statement: String
    }

    /// What to run, in order; empty when all is there.
    static func missing(_ db: Database) throws -> [Step] {
        guard try Migrator.version(db) >= Migration.newest else {
            return [Step(what: "the record of the migrations", statement: "")]
        }
        var steps: [Step] = []
        for migration in Migration.all {
            for statement in migration.statements {
                if let step = try missing(statement, of: migration, db) { steps.append(step) }
            }
        }
        if try isTradeUnguarded(db) {
            steps.append(
                Step(
                    what: "the rule that an order has one trade",
                    statement: "CREATE UNIQUE INDEX IF NOT EXISTS ix_trades_order_id_once ON trades (order_id)"))
        }
        return steps
    }

    private static func missing(_ statement: String, of migration: Migration, _ db: Database) throws -> Step? {
        switch Migration.addition(by: statement) {
        case .column(let table, let column):
            let columns = try Migrator.columns(of: table, db)
            // A table of ours that is gone comes back first, with its own statement.
            guard !columns.isEmpty, !columns.contains(column.lowercased()) else { return nil }
            return Step(what: "column \(table).\(column)", statement: statement)
        case .table(let table):
            guard migration.version > 1, try !db.tableExists(table) else { return nil }
            return Step(what: "table \(table)", statement: statement)
        case .index(let index, let table):
            guard try !exists(index, db), try db.tableExists(table) || migration.version > 1 else { return nil }
            return Step(what: "index \(index)", statement: statement)
        case nil: return nil
        }
    }

    private static func exists(_ index: String, _ db: Database) throws -> Bool {
        try Row.fetchOne(
            db, sql: "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ? COLLATE NOCASE", arguments: [index]
        ) != nil
    }

    /// Whether `trades` takes two rows of one order, which the application's own table never does.
    private static func isTradeUnguarded(_ db: Database) throws -> Bool {
        guard try Migrator.columns(of: "trades", db).contains("order_id") else { return false }
        return try Row.fetchOne(
            db,
            sql: """
                SELECT 1 FROM pragma_index_list('trades') AS list
                WHERE list."unique" = 1 AND list.partial = 0
                    AND (SELECT group_concat(lower(name)) FROM pragma_index_info(list.name)) = 'order_id'
                """) == nil
    }

    /// Runs what is missing. A step that fails changes nothing; what it keeps from working, the rehearsal finds.
    /// - Returns: what was restored.
    static func repair(_ db: Database, at now: Date) throws -> [String] {
        var restored: [String] = []
        if try Migrator.version(db) < Migration.newest { restored += try Migrator.migrate(db, at: now) }
        for step in try missing(db) where !step.statement.isEmpty {
            try db.inSavepoint {
                do {
                    try db.execute(sql: step.statement)
                    restored.append(step.what)
                    return .commit
                } catch is DatabaseError {
                    return .rollback
                }
            }
        }
        if !restored.isEmpty { try runRows(db) }
        return restored
    }

    /// Rows that a migration gives to its tables.
    private static func runRows(_ db: Database) throws {
        for statement in Migration.all.flatMap(\.statements) where statement.hasPrefix("INSERT OR IGNORE ") {
            try db.execute(sql: statement)
        }
    }
}

extension Migration {
    /// What a statement adds to a database.
    enum Addition: Equatable {
        case column(table: String, String)
        case table(String)
        case index(String, table: String)
    }

    /// `nil` for a statement that adds nothing of these.
    static func addition(by statement: String) -> Addition? {
        if let (table, column) = addedColumn(by: statement) { return .column(table: table, column) }
        let words = statement.split { $0 == " " || $0 == "\n" }.map(String.init)
        if words.starts(with: ["CREATE", "TABLE", "IF", "NOT", "EXISTS"]), words.count > 5 { return .table(words[5]) }
        let index = words.filter { $0 != "UNIQUE" }
        guard index.starts(with: ["CREATE", "INDEX", "IF", "NOT", "EXISTS"]), index.count > 7, index[6] == "ON" else {
            return nil
        }
        return .index(index[5], table: index[7])
    }
}
