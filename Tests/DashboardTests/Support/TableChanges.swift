import GRDB

@testable import Dashboard

/// The rows of the tables that the old backend has, at one moment, and what has changed between two: in the form of the
/// goldens' `db_changes`.
struct TableRows {
    /// Table → id → column → value.
    private var tables: [String: [Int64: [String: JSONValue]]] = [:]
    /// So many changed rows are spelled out.
    private static let mostRows = 6

    init(of file: FixtureLedger) throws {
        let columns = try Self.columns()
        tables = try file.raw { db in
            var tables: [String: [Int64: [String: JSONValue]]] = [:]
            for (table, names) in columns {
                for row in try Row.fetchAll(db, sql: "SELECT * FROM \(table)") {
                    let id: Int64 = row["id"]
                    tables[table, default: [:]][id] = names.reduce(into: [:]) { $0[$1] = Self.value(row, $1) }
                }
            }
            return tables
        }
    }

    /// Of the old backend: the fleet has added others.
    private static func columns() throws -> [String: [String]] {
        let queue = try DatabaseQueue()
        return try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA foreign_keys = OFF")
            try db.execute(sql: try FixtureLedger.fixture())
            let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
            return try tables.reduce(into: [:]) { columns, table in
                columns[table] = try String.fetchAll(
                    db, sql: "SELECT name FROM pragma_table_info(?)", arguments: [table])
            }
        }
    }

    private static func value(_ row: Row, _ column: String) -> JSONValue {
        switch (row[column] as DatabaseValue).storage {
        case .null, .blob: .null
        case .int64(let number): .integer(Int(number))
        case .double(let number): .number(number)
        // A fraction of zeros may be left out of a time.
        case .string(let text): .text(text.hasSuffix(".000000") ? String(text.dropLast(7)) : text)
        }
    }

    /// What has changed since: by table, without those that have not.
    func changes(to later: TableRows) -> [String: JSONValue] {
        Set(tables.keys).union(later.tables.keys).reduce(into: [:]) { changes, table in
            let rows = Self.rows(from: tables[table] ?? [:], to: later.tables[table] ?? [:])
            guard !rows.isEmpty else { return }
            let ops = rows.map { $0["op"].string ?? "" }
            var change: [String: JSONValue] = [
                "inserted": .integer(ops.count { $0 == "insert" }), "updated": .integer(ops.count { $0 == "update" }),
                "deleted": .integer(ops.count { $0 == "delete" }),
            ]
            if rows.count <= Self.mostRows { change["rows"] = .list(rows) }
            changes[table] = .object(change)
        }
    }

    private static func rows(
        from before: [Int64: [String: JSONValue]], to after: [Int64: [String: JSONValue]]
    ) -> [JSONValue] {
        Set(before.keys).union(after.keys).sorted().compactMap { id in
            switch (before[id], after[id]) {
            case (nil, let row?): return .object(row.merging(["op": .text("insert")]) { $1 })
            case (_?, nil): return .object(["op": .text("delete"), "id": .integer(Int(id))])
            case (let old?, let new?):
                let changed = new.filter { old[$0.key] != $0.value }
                if changed.isEmpty { return nil }
                var row = changed.reduce(into: [String: JSONValue]()) { row, pair in
                    row[pair.key] = .list([old[pair.key] ?? .null, pair.value])
                }
                row["op"] = .text("update")
                row["id"] = .integer(Int(id))
                return .object(row)
            case (nil, nil): return nil
            }
        }
    }
}

extension Golden {
    /// The recorded changes, with times as `TableRows` spells them.
    var changedRows: JSONValue { Self.plain(.object(changes)) }

    private static func plain(_ value: JSONValue) -> JSONValue {
        switch value {
        case .text(let text): .text(text.hasSuffix(".000000") ? String(text.dropLast(7)) : text)
        case .list(let elements): .list(elements.map(plain))
        case .object(let members): .object(members.mapValues(plain))
        case .null, .flag, .integer, .number: value
        }
    }
}
