import Foundation
import GRDB
import Trading

/// Reading that never fails: SQLite lets any column hold anything, and the Python application writes here too.
extension Row {
    private func cell(_ column: String) -> DatabaseValue.Storage {
        (self[column] as DatabaseValue?)?.storage ?? .null
    }

    func text(_ column: String) -> String? {
        switch cell(column) {
        case .string(let text): text
        case .int64(let number): String(number)
        case .double(let number): String(number)
        case .null, .blob: nil
        }
    }

    /// A finite number.
    func number(_ column: String) -> Double? {
        switch cell(column) {
        case .double(let number): number.isFinite ? number : nil
        case .int64(let number): Double(number)
        case .string(let text): Double(text).flatMap { $0.isFinite ? $0 : nil }
        case .null, .blob: nil
        }
    }

    func integer(_ column: String) -> Int? {
        switch cell(column) {
        case .int64(let number): Int(number)
        case .double(let number): Int(exactly: number.rounded(.towardZero))
        case .string(let text): Int(text)
        case .null, .blob: nil
        }
    }

    func flag(_ column: String) -> Bool { (integer(column) ?? 0) != 0 }

    func time(_ column: String) -> Date? { text(column).flatMap { LedgerTime($0) }?.date }

    /// The exact text when there is one, else the shortest decimal of the FLOAT. `nil` for NULL in both.
    func amount(_ textColumn: String, orFloat column: String) throws(LedgerError) -> Amount? {
        if let exact = try amount(textColumn) { return exact }
        return try amount(float: column)
    }

    /// The shortest decimal of a FLOAT; `nil` for NULL.
    func amount(float column: String) throws(LedgerError) -> Amount? {
        guard case .null = cell(column) else {
            guard let number = number(column), let amount = try? Amount(approximating: number, scale: 18) else {
                throw unreadable(column)
            }
            return amount
        }
        return nil
    }

    func amount(_ textColumn: String) throws(LedgerError) -> Amount? {
        guard let text = text(textColumn) else { return nil }
        do { return try Amount(text) } catch { throw unreadable(textColumn) }
    }

    func unreadable(_ column: String) -> LedgerError {
        let key = text("fill_id") ?? text("client_order_id") ?? text("id") ?? "?"
        return .unreadable(row: key, column: column, value: text(column) ?? "")
    }
}

/// Statements that every evaluation uses: compiled once by each connection instead of each time, which costs more than
/// running them. SQLite compiles them anew when the tables have changed.
extension Row {
    /// The first row.
    static func one(_ db: Database, sql: String, arguments: StatementArguments) throws -> Row? {
        try fetchOne(db.cachedStatement(sql: sql), arguments: arguments)
    }

    static func all(_ db: Database, sql: String, arguments: StatementArguments) throws -> [Row] {
        try fetchAll(db.cachedStatement(sql: sql), arguments: arguments)
    }
}

extension Database {
    /// Executes one statement that gives no rows.
    func run(_ sql: String, _ arguments: StatementArguments) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }
}
