import ArgumentParser
import Documents
import Ledger

extension DatabaseCommand {
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reads the whole database: pages, indexes, tables and values. Exits with 8 when one is wrong.")

        @OptionGroup var common: CommonOptions
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let settings = try Settings(common)
            let report = try await Ledger.check(try LedgerAddress(settings.databaseURL))
            if json {
                Terminal.printDocument(DatabaseCheckDocument(report))
            } else {
                for line in Self.lines(report) { print(line) }
            }
            if !report.isSound { throw ExitCode(ExitStatus.unhealthy.rawValue) }
        }

        static func lines(_ report: LedgerReport) -> [String] {
            var lines = ["\(Shown.line(report.path, 300)): \(Shown.bytes(report.bytes))"]
            lines += report.damage.map { "fail  pages     \(Shown.line($0, 200)). 'flotilla db restore FILE' helps." }
            guard report.damage.isEmpty else { return lines }
            lines.append("ok    pages     every page and every index is sound")
            if report.schemaVersion < report.newestVersion {
                lines.append(
                    "warn  schema    version \(report.schemaVersion) of \(report.newestVersion); 'flotilla up', or a "
                        + "worker that starts, brings it there")
            } else {
                lines.append("ok    schema    version \(report.schemaVersion)")
            }
            lines += report.missing.map { "warn  schema    \($0) was dropped; a worker that starts restores it" }
            lines += report.problem.map { ["fail  schema    \($0)"] } ?? []
            lines += report.orphans.map {
                "warn  rows      \($0.rows) of \($0.table) refer to rows of \($0.parent) that are gone"
            }
            lines += report.unreadable.map {
                "fail  rows      \($0.rows) of \($0.table) cannot be read in \($0.column); the first is row "
                    + "\($0.firstRow) with '\(Shown.line($0.example))'. Correct them."
            }
            if report.unreadable.isEmpty { lines.append("ok    rows      every value can be read") }
            return lines
        }
    }
}

extension DatabaseCheckDocument {
    init(_ report: LedgerReport) {
        self.init(
            path: report.path, sound: report.isSound, bytes: report.bytes, damage: report.damage,
            versions: (file: report.schemaVersion, newest: report.newestVersion), missing: report.missing,
            problem: report.problem,
            orphans: report.orphans.map { Orphans(table: $0.table, parent: $0.parent, rows: $0.rows) },
            unreadable: report.unreadable.map {
                Unreadable(
                    table: $0.table, column: $0.column, rows: $0.rows, firstRow: $0.firstRow, example: $0.example)
            })
    }
}
