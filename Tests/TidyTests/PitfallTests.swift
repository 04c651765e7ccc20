import Testing

/// The table of pitfalls tells which test catches each: what it names has to be there.
struct PitfallTests {
    private let table = Repository.here.files.first { $0.path == "ops/runbooks/pitfalls.md" }
    private var rows: [String] {
        (table?.lines ?? []).filter { $0.hasPrefix("| ") && Int($0.split(separator: " ")[1]) != nil }
    }

    /// What stands between two marks, such as backticks, in a text.
    private static func marked(_ mark: Character, in text: String) -> [String] {
        text.split(separator: mark, omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }

    @Test func `each of the thirty has its row`() {
        #expect(rows.compactMap { Int($0.split(separator: " ")[1]) } == Array(1...30))
        #expect(!rows.contains { $0.contains("open:") || $0.hasSuffix("| |") })
    }

    @Test func `every test and suite that the table names is there`() {
        let code = Repository.here.tests.flatMap(\.lines)
        let declared = Set(code.flatMap { Self.marked("`", in: $0) })
        let names = Set(Repository.here.tests.map(\.stem))
        var missing: [String] = []
        for row in rows {
            let number = row.split(separator: " ")[1]
            for name in Self.marked("`", in: row) where name.hasSuffix("Tests") && !names.contains(name) {
                missing.append("row \(number): `\(name)`")
            }
            for name in Self.marked("\"", in: row) where !declared.contains(name) {
                // A long name may be told by its beginning.
                if !declared.contains(where: { $0.hasPrefix(name) }) { missing.append("row \(number): \"\(name)\"") }
            }
        }
        #expect(missing.isEmpty, "tests that the table names and nobody wrote, \(list(missing))")
    }
}
