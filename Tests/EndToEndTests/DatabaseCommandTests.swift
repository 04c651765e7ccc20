import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// Copies of the database file, and back, from the command line.
    @Suite(.serialized) struct DatabaseCommandTests {
        private static let fixture =
            URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../LedgerTests/Fixtures/fixture.sql").standardized.path

        private func fill(_ sandbox: Sandbox, _ name: String = "trader.db", _ sql: String = "") async throws {
            let words = [sandbox.path(name), sql.isEmpty ? ".read \(Self.fixture)" : sql]
            #expect(try await sandbox.launch("sqlite3", words, environment: [:]).end(within: .seconds(20)).status == 0)
        }

        @Test func `a backup is made, checked and restored without a fleet`() async throws {
            try await withSandbox(schedule: Schedules.marketOnly, environment: [:]) { sandbox in
                #expect(try await sandbox.run("db", "backup", "copy.db").status == 4)
                #expect(try await sandbox.run("db", "check").status == 4)
                try await fill(sandbox)
                let made = try await sandbox.run("db", "backup", "copy.db", "--json")
                #expect(made.status == 0, "\(made)")
                #expect(JSONShape.of(made.output) == "{path,bytes,schema_version,kept}")
                let again = try await sandbox.run("db", "backup", "copy.db")
                #expect(again.status == 5 && again.complaint.contains("--force"), "\(again)")
                #expect(try await sandbox.run("db", "backup", "copy.db", "--force").status == 0)

                let check = try await sandbox.run("db", "check", "--json")
                #expect(check.status == 0, "\(check)")
                #expect(
                    JSONShape.of(check.output)
                        == "{path,sound,bytes,damage[],schema_version,newest_version,missing[],problem,orphans[],"
                        + "unreadable[]}")
                try await fill(sandbox, "trader.db", "UPDATE raw_trades SET size = 'x' WHERE id = 3")
                let wrong = try await sandbox.run("db", "check")
                #expect(wrong.status == 8 && wrong.output.contains("raw_trades cannot be read in size"), "\(wrong)")

                #expect(try await sandbox.run("db", "restore", "copy.db").status == 5)
                #expect(try await sandbox.run("db", "restore", "copy.db", "--dry-run").status == 0)
                let restored = try await sandbox.run("db", "restore", "copy.db", "--yes")
                #expect(restored.status == 0 && restored.output.contains("trader.db.before-"), "\(restored)")
                #expect(try await sandbox.run("db", "check").status == 0)
                try sandbox.write("no database", to: "notes.txt")
                #expect(try await sandbox.run("db", "restore", "notes.txt", "--yes").status != 0)
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `what is no file is refused at once`() async throws {
            try await withSandbox(schedule: Schedules.marketOnly, environment: [:]) { sandbox in
                #expect(mkfifo(sandbox.path("fifo.db"), 0o600) == 0)
                try FileManager.default.createDirectory(
                    atPath: sandbox.path("folder.db"), withIntermediateDirectories: true)
                for (name, sentence) in [("fifo.db", "SQLite database"), ("folder.db", "this is a folder")] {
                    let check = try await sandbox.run(["db", "check", "--database", "sqlite:///\(name)"])
                    #expect(check.status != 0 && "\(check)".contains(sentence), "\(check)")
                    let restore = try await sandbox.run(["db", "restore", name, "--yes"])
                    #expect(restore.status != 0 && "\(restore)".contains(sentence), "\(restore)")
                }
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `a database that a fleet writes to is backed up, and not replaced`() async throws {
            try await withSandbox(schedule: Schedules.marketOnly, environment: [:]) { sandbox in
                let up = try await Up.start(in: sandbox, workers: 2)
                #expect(try await sandbox.run("db", "backup", "copy.db").status == 0)
                let refused = try await sandbox.run("db", "restore", "copy.db", "--yes")
                #expect(refused.status == 5 && refused.complaint.contains("A fleet writes to"), "\(refused)")
                #expect(try await up.interrupt().status == 0)
                #expect(try await sandbox.run("db", "restore", "copy.db", "--yes").status == 0)
            }
        }
    }
}
