import Testing

/// The tables of known failures tell which test catches each: what they name has to be there.
struct PitfallTests {
    /// A table of `ops/runbooks`, whose first column tells the failure.
    private struct Table {
        let path: String
        /// What stands in the first column, row by row.
        let expected: [String]
        /// Rows that come one by one, in this order, as their failures are mended.
        var growing: [String] = []

        var rows: [(label: String, text: String)] {
            let lines = Repository.here.files.first { $0.path == path }?.lines ?? []
            return lines.filter { $0.hasPrefix("| ") && !$0.hasPrefix("| # ") && !$0.hasPrefix("| ---") }.compactMap {
                let label = String($0.dropFirst(2).prefix { $0 != "|" }).trimmedBlanks
                return (expected + growing).contains(label) ? (label, $0) : nil
            }
        }
    }

    private static let tables = [
        Table(path: "ops/runbooks/pitfalls.md", expected: (1...30).map(String.init)),
        Table(
            path: "ops/runbooks/field-reports.md",
            expected: (1...17).map { "queue \($0)" } + (1...14).map { "scheduler \($0)" },
            growing: (1...18).map { "trading \($0)" } + (1...17).map { "newcomer \($0)" }),
    ]

    /// What stands between two marks, such as backticks, in a text.
    private static func marked(_ mark: Character, in text: String) -> [String] {
        text.split(separator: mark, omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }

    @Test func `each known failure has its row`() {
        for table in Self.tables {
            let labels = table.rows.map(\.label)
            #expect(labels.filter(table.expected.contains) == table.expected, "\(table.path)")
            let grown = labels.filter(table.growing.contains)
            #expect(grown == table.growing.filter(grown.contains), "\(table.path)")
            #expect(!table.rows.contains { $0.text.contains("open:") || $0.text.hasSuffix("| |") }, "\(table.path)")
        }
    }

    @Test func `every test and suite that a table names is there`() {
        let code = Repository.here.tests.flatMap(\.lines)
        let declared = Set(code.flatMap { Self.marked("`", in: $0) })
        let names = Set(Repository.here.tests.map(\.stem))
        var missing: [String] = []
        for (label, row) in Self.tables.flatMap(\.rows) {
            for name in Self.marked("`", in: row) where name.hasSuffix("Tests") && !names.contains(name) {
                missing.append("row \(label): `\(name)`")
            }
            for name in Self.marked("\"", in: row) where !declared.contains(name) {
                // A long name may be told by its beginning.
                if !declared.contains(where: { $0.hasPrefix(name) }) { missing.append("row \(label): \"\(name)\"") }
            }
        }
        #expect(missing.isEmpty, "tests that a table names and nobody wrote, \(list(missing))")
    }
}

extension String {
    fileprivate var trimmedBlanks: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
