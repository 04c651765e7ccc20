/// One file of `Migrations/`: applied once to each database, in the order of the versions.
struct Migration: Sendable {
    /// From 1, without gaps.
    let version: Int
    let name: String
    let statements: [String]

    /// All of them. Append only: an entry that has been merged is never changed.
    static let all = [
        Migration(1, "existing_tables", PackageResources.v0001_existing_tables_sql),
        Migration(2, "more_names", PackageResources.v0002_more_names_sql),
        Migration(3, "orders", PackageResources.v0003_orders_sql),
        Migration(4, "portfolio", PackageResources.v0004_portfolio_sql),
        Migration(5, "dashboard", PackageResources.v0005_dashboard_sql),
        Migration(6, "operator_log", PackageResources.v0006_operator_log_sql),
    ]
    static let newest = all.count

    private init(_ version: Int, _ name: String, _ sql: [UInt8]) {
        self.version = version
        self.name = name
        statements = Migration.split(String(decoding: sql, as: UTF8.self))
    }

    /// The statements of a file: they end at a line's end, as the first file says.
    ///
    /// SQLite could split it too, but only by compiling, and compiling an ALTER for an existing column fails.
    static func split(_ sql: String) -> [String] {
        var statements: [String] = []
        var lines: [Substring] = []
        for line in sql.split(separator: "\n") where !line.hasPrefix("--") {
            lines.append(line)
            if line.hasSuffix(";") {
                statements.append(lines.joined(separator: "\n"))
                lines = []
            }
        }
        precondition(lines.isEmpty, "A migration ends inside a statement: \(lines.joined(separator: " "))")
        return statements
    }

    /// The table and column that a statement adds, when it is an `ALTER TABLE t ADD COLUMN c`.
    static func addedColumn(by statement: String) -> (table: String, column: String)? {
        let words = statement.split(separator: " ", maxSplits: 6).map(String.init)
        guard words.count == 7, words[0] == "ALTER", words[1] == "TABLE", words[3] == "ADD", words[4] == "COLUMN"
        else {
            return nil
        }
        return (words[2], words[5])
    }
}
