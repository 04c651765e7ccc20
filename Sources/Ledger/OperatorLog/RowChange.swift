import Foundation
import GRDB

/// Rows of one table that a change wrote, as they were and as they were left.
struct RowChange: Codable, Equatable {
    let table: String
    /// The column by which the rows are found, and its values in them.
    let key: String
    let ids: [Int64]
    /// Columns and values that differ, as `RowValue` writes them; nil for rows that were not there.
    let before, after: [String: String]?

    /// The same change the other way round.
    var inverted: RowChange { RowChange(table: table, key: key, ids: ids, before: after, after: before) }

    /// Columns that evaluations and trades write as well: in a new row they are no obstacle.
    private static let lively: Set<String> = [
        "updated_at", "current_position_size", "current_position_entry_price", "current_combined_score",
        "signal_confirmation_start",
    ]

    /// Why the rows cannot be as before: a clause; nil when they can.
    func obstacle(_ db: Database) throws -> String? {
        // Rows that only point to a bot may have been pruned since.
        guard key != "rowid" else { return nil }
        for id in ids {
            let row = try RowValue.row(table, key, id, db)
            let name = "\(table == "bots" ? "bot" : table) \(id)"
            switch (row, after) {
            case (nil, nil): break
            case (nil, _): return "\(name) is not there any more"
            case (_, nil): return "there is a \(name) again"
            case (let row?, let after?):
                for (column, left) in after.sorted(by: { $0.key < $1.key }) where row[column] != left {
                    if column == "updated_at" || before == nil && Self.lively.contains(column) { continue }
                    return "\(column) of \(name) is \(RowValue.shown(row[column])) by now"
                }
            }
            if let obstacle = try nameObstacle(id, db) { return obstacle }
            if before == nil, try Self.hasHistory(id, table, db) { return "\(name) has a history since" }
        }
        return nil
    }

    /// Whether another bot has the name that the bot gets back.
    private func nameObstacle(_ id: Int64, _ db: Database) throws -> String? {
        guard table == "bots", let name = before?["name"], name != after?["name"] else { return nil }
        let other = try Row.fetchOne(
            db, sql: "SELECT id FROM bots WHERE name = ? AND id IS NOT ?", arguments: [RowValue.value(name), id])
        return other.map { "bot \($0["id"] as Int64) has its name" }
    }

    private static func hasHistory(_ id: Int64, _ table: String, _ db: Database) throws -> Bool {
        guard table == "bots" else { return false }
        return try ["bot_signal_history", "trades"].contains { table in
            try Row.fetchOne(db, sql: "SELECT 1 FROM \(table) WHERE bot_id = ? LIMIT 1", arguments: [id]) != nil
        }
    }

    /// Makes the rows as they were before. Call it when there is no obstacle.
    func takeBack(_ db: Database) throws {
        for id in ids {
            guard let before else {
                try db.run("DELETE FROM \(table) WHERE \(key) = ?", [id])
                continue
            }
            if after == nil {
                let columns = before.keys.sorted()
                let places = columns.map { _ in "?" }.joined(separator: ", ")
                try db.execute(
                    sql: "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(places))",
                    arguments: StatementArguments(columns.map { RowValue.value(before[$0] ?? "n") }))
                continue
            }
            // What others have written since in a column that is no obstacle stays.
            for (column, value) in before.sorted(by: { $0.key < $1.key }) {
                try db.execute(
                    sql: "UPDATE \(table) SET \(column) = ? WHERE \(key) = ? AND \(column) IS ?",
                    arguments: [RowValue.value(value), id, RowValue.value(after?[column] ?? "n")])
            }
        }
    }
}

/// Values of a row as texts: `n` for NULL, else a letter for the storage class, a colon and the value.
enum RowValue {
    /// A row with all columns that can be written; nil when there is none.
    static func row(_ table: String, _ key: String, _ id: Int64, _ db: Database) throws -> [String: String]? {
        // Those that are not hidden: SQLite computes the others.
        let columns = try String.fetchAll(
            db, sql: "SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0", arguments: [table])
        let names = columns.joined(separator: ", ")
        let row = try Row.fetchOne(db, sql: "SELECT \(names) FROM \(table) WHERE \(key) = ?", arguments: [id])
        return row.map { row in
            Dictionary(row.map { ($0.0, text($0.1)) }, uniquingKeysWith: { $1 })
        }
    }

    private static func text(_ value: DatabaseValue) -> String {
        switch value.storage {
        case .null: "n"
        case .int64(let number): "i:\(number)"
        // The bits, so that it comes back exactly.
        case .double(let number): "d:\(number.bitPattern)"
        case .string(let text): "t:\(text)"
        case .blob(let data): "b:\(data.base64EncodedString())"
        }
    }

    static func value(_ text: String) -> DatabaseValue {
        let rest = String(text.dropFirst(2))
        switch text.first {
        case "i": return Int64(rest)?.databaseValue ?? .null
        case "d": return UInt64(rest).map { Double(bitPattern: $0) }?.databaseValue ?? .null
        case "t": return rest.databaseValue
        case "b": return Data(base64Encoded: rest)?.databaseValue ?? .null
        default: return .null
        }
    }

    /// For people.
    static func shown(_ text: String?) -> String {
        guard let text, text != "n" else { return "NULL" }
        if text.hasPrefix("d:"), let bits = UInt64(text.dropFirst(2)) { return "\(Double(bitPattern: bits))" }
        return "'\(text.dropFirst(2).prefix(100))'"
    }
}
