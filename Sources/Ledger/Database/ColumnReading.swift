import GRDB

/// What a column of the ledger's tables is for, by its declared type, and which of its values are something else.
/// SQLite lets any column hold anything.
struct ColumnReading {
    private enum Purpose {
        case number, exactNumber, time, text
    }

    let table: String
    let column: String
    private let purpose: Purpose

    /// Every stored column of the tables that the migrations make, or find; generated ones hold nothing.
    static func all(_ db: Database) throws -> [ColumnReading] {
        let tables = Set(
            Migration.all.flatMap(\.statements).compactMap { statement -> String? in
                if case .table(let name) = Migration.addition(by: statement) { return name }
                return nil
            })
        return try tables.sorted().flatMap { table in
            try Row.fetchAll(db, sql: "SELECT name, type, hidden FROM pragma_table_xinfo(?)", arguments: [table])
                .filter { $0.integer("hidden") == 0 }
                .compactMap { ColumnReading(table, $0.text("name") ?? "", type: $0.text("type") ?? "") }
        }
    }

    /// Nil for a type that holds anything.
    private init?(_ table: String, _ column: String, type: String) {
        self.table = table
        self.column = column
        let type = type.uppercased()
        if table == "raw_trades", column.hasSuffix("_text") {
            purpose = .exactNumber
        } else if table == "raw_trades", column == "created_at" {
            // Declared as text.
            purpose = .time
        } else if type.hasPrefix("DATETIME") {
            purpose = .time
        } else if ["FLOAT", "REAL", "NUMERIC", "INTEGER", "BOOLEAN"].contains(where: type.hasPrefix) {
            purpose = .number
        } else if ["VARCHAR", "TEXT", "JSON"].contains(where: type.hasPrefix) {
            purpose = .text
        } else {
            return nil
        }
    }

    /// A condition in SQL for what is no value of the column; NULL is one.
    private var condition: String {
        let name = quoted(column)
        return switch purpose {
        case .number: "typeof(\(name)) IN ('text', 'blob') OR abs(\(name)) > 1.7976931348623157e308"
        case .exactNumber: "\(name) IS NOT NULL AND (\(name) GLOB '*[^0-9.-]*' OR \(name) NOT GLOB '*[0-9]*')"
        case .time: "\(name) IS NOT NULL AND (typeof(\(name)) <> 'text' OR julianday(\(name)) IS NULL)"
        case .text: "typeof(\(name)) = 'blob'"
        }
    }

    /// Reads the whole table; nil when all is as it should be.
    func unreadable(_ db: Database) throws -> LedgerReport.Unreadable? {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT count(*) AS rows, min(rowid) AS first FROM \(quoted(table)) WHERE \(condition)
                """)
        guard let row, let rows = row.integer("rows"), rows > 0, let first = row.integer("first") else { return nil }
        let example = try String.fetchOne(
            db,
            sql: """
                SELECT CASE typeof(\(quoted(column))) WHEN 'blob' THEN length(\(quoted(column))) || ' bytes'
                    ELSE substr(\(quoted(column)), 1, 60) END
                FROM \(quoted(table)) WHERE rowid = ?
                """, arguments: [first])
        return LedgerReport.Unreadable(
            table: table, column: column, rows: rows, firstRow: first, example: example ?? "")
    }

    private func quoted(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }
}
