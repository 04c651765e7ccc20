import Fleet
import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// Redis or the database cannot be used: status 4, a sentence with the remedy, and nothing is changed.
    @Suite(.serialized) struct UnreachableTests {
        private static let reads = [
            ["status"], ["jobs", "list"], ["jobs", "show", "x"], ["failed", "groups"], ["queues", "list"],
            ["schedule", "list"], ["enqueue", "evaluation", "--args", "{\"bot_id\": 7}"],
        ]

        @Test func `every command says within five seconds that Redis is not there`() async throws {
            let environment = ["REDIS_URL": "redis://127.0.0.1:1/0"]
            try await withSandbox(schedule: Schedules.trading, environment: environment) { sandbox in
                let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
                    for words in Self.reads { group.addTask { try await sandbox.run(words, within: .seconds(8)) } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                for outcome in outcomes {
                    #expect(outcome.status == 4, "\(outcome)")
                    #expect(outcome.complaint.hasPrefix("Redis at 127.0.0.1:1 cannot be reached"), "\(outcome)")
                    #expect(outcome.complaint.contains("Start redis-server there, or set REDIS_URL."), "\(outcome)")
                    #expect(outcome.complaint.split(separator: "\n").count == 1, "\(outcome)")
                }
                let start = ContinuousClock.now
                let up = try await sandbox.run("up")
                #expect(up.status == 4, "\(up)")
                #expect(start.duration(to: .now) < .seconds(8))
                try await sandbox.isLeft()
            }
        }

        @Test func `a password that is missing or wrong is told apart, and never shown`() async throws {
            try await withRedis(.init(password: "open-sesame")) { sandbox, server in
                let bare = "redis://127.0.0.1:\(server.port)/0"
                let missing = try await sandbox.run(["status", "--redis", bare])
                #expect(missing.status == 4, "\(missing)")
                #expect(missing.complaint.contains("password"), "\(missing)")
                let wrong = try await sandbox.run(["status", "--redis", bare.replacing("//", with: "//:abracadabra@")])
                #expect(wrong.status == 4, "\(wrong)")
                #expect(wrong.complaint.contains("refused the password"), "\(wrong)")
                let right = try await sandbox.run(["status", "--log-level", "trace"])
                #expect(right.status == 0, "\(right)")
                for outcome in [missing, wrong, right] {
                    let text = "\(outcome)"
                    #expect(!text.contains("open-sesame") && !text.contains("abracadabra"), "\(text)")
                }
            }
        }

        @Test func `a database that is locked is named, and the fleet does not start`() async throws {
            try await withSandbox(schedule: Schedules.trading) { sandbox in
                _ = try await sandbox.sql("CREATE TABLE other (x); PRAGMA journal_mode = DELETE;")
                let script = "(echo 'BEGIN EXCLUSIVE;'; echo '.shell touch locked'; exec sleep 60) | sqlite3 trader.db"
                let holder = try sandbox.launch("/bin/sh", ["-c", script], environment: [:])
                try await eventually("the lock is held", within: .seconds(10)) { sandbox.exists("locked") }
                let up = try await sandbox.run("up")
                #expect(up.status == 4, "\(up)")
                #expect(up.complaint.contains("another process has held the database"), "\(up)")
                holder.process.signal(SIGKILL)
            }
        }

        struct Place: Sendable, CustomTestStringConvertible {
            let url, message: String
            var testDescription: String { message }
        }

        @Test(arguments: [
            Place(url: "sqlite:///text.db", message: "this is not a SQLite database; nothing was changed."),
            Place(url: "sqlite:///folder", message: "this is a folder, not a database file."),
            Place(url: "sqlite:///other.db", message: "it belongs to another application."),
            Place(url: "sqlite:///none/trader.db", message: "the folder does not exist."),
            Place(url: "postgres://h/db", message: "Use sqlite:///relative.db or sqlite:////absolute.db."),
        ])
        func `a database that is none of ours is left as it is`(_ place: Place) async throws {
            try await withSandbox(schedule: Schedules.trading) { sandbox in
                try sandbox.write(String(repeating: "no database at all\n", count: 100), to: "text.db")
                let folder = sandbox.path("folder")
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                let table = "CREATE TABLE bots (colour TEXT); INSERT INTO bots VALUES ('red');"
                _ = try await sandbox.sql(table, in: "other.db")
                let before = [sandbox.read("text.db"), sandbox.read("other.db")]
                let up = try await sandbox.run(["up", "--database", place.url])
                #expect(up.status == 4, "\(up)")
                #expect(up.complaint.contains(place.message), "\(up)")
                #expect([sandbox.read("text.db"), sandbox.read("other.db")] == before)
                #expect(!sandbox.exists("none"))
                #expect(!sandbox.exists(".flotilla/redis.url"))
                try await sandbox.isLeft()
            }
        }

        @Test func `a damaged database is said to be damaged and kept`() async throws {
            try await withSandbox(schedule: Schedules.trading) { sandbox in
                _ = try await sandbox.sql("CREATE TABLE notes (x); INSERT INTO notes SELECT randomblob(20000);")
                let file = URL(filePath: sandbox.path("trader.db"))
                var bytes = try Data(contentsOf: file)
                // The first page's tree, behind the header of 100 bytes, is where SQLite looks for the schema.
                bytes.replaceSubrange(100..<4_096, with: repeatElement(0x5A, count: 3_996))
                try bytes.write(to: file)
                let up = try await sandbox.run("up")
                #expect(up.status == 4, "\(up)")
                #expect(up.complaint.contains("the database is damaged"), "\(up)")
                #expect(try Data(contentsOf: file) == bytes)
            }
        }
    }
}
