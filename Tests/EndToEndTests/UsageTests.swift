import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// Wrong words and wrong settings: refused before anything is contacted, unless the test says so.
    @Suite(.serialized) struct UsageTests {
        struct Wrong: Sendable, CustomTestStringConvertible {
            let words: [String]
            var environment: [String: String] = [:]
            let message: String
            var status: Int32 = 2
            var testDescription: String { words.joined(separator: " ") }
        }

        @Test(arguments: [
            Wrong(words: ["enqueue", "evalution"], message: "No job kind is called 'evalution'. Use one of: "),
            Wrong(words: ["enqueue", "flotilla.test.noop"], message: "No job kind is called 'flotilla.test.noop'."),
            Wrong(words: ["enqueue", "evaluation", "--args", "{bot"], message: "The arguments are not JSON"),
            Wrong(words: ["enqueue", "evaluation", "--frob"], message: "Unknown option '--frob'"),
            Wrong(words: ["frobnicate"], message: "Unexpected argument 'frobnicate'"),
            Wrong(words: ["enqueue", "evaluation", "--id", "a b"], message: "'a b' is not a valid job id."),
            Wrong(words: ["enqueue", "evaluation", "--id", ""], message: "is not a valid job id."),
            Wrong(words: ["enqueue", "evaluation", "--queue", "{x}"], message: "is not a valid queue name."),
            Wrong(words: ["enqueue", "evaluation", "--in", "-5m"], message: "--in"),
            Wrong(words: ["enqueue", "evaluation", "--in=-5m"], message: "'-5m' is not a duration."),
            Wrong(words: ["enqueue", "evaluation", "--in", "5"], message: "'5' is not a duration."),
            Wrong(words: ["enqueue", "evaluation", "--at", "tomorrow"], message: "--at: 'tomorrow' is not a time. "),
            Wrong(
                words: ["enqueue", "evaluation", "--at", "2028-02-30T00:00:00Z"],
                message: "--at: '2028-02-30T00:00:00Z' is not a time: 2028-02 has 29 days. "),
            Wrong(words: ["schedule", "next", "--from", "2026-13-01T00:00:00Z"], message: "there is no month 13."),
            Wrong(
                words: ["schedule", "backfill", "a", "--from", "2026-04-31T00:00:00Z", "--to", "2026-05-01T00:00:00Z"],
                message: "--from: '2026-04-31T00:00:00Z' is not a time: 2026-04 has 30 days."),
            Wrong(words: ["enqueue", "evaluation", "--in", "99999999999d"], message: "is too long. Use at most 366d."),
            Wrong(
                words: ["enqueue", "evaluation", "--in", "99999999999999999999d"],
                message: "is too long. Use at most 366d."),
            Wrong(
                words: ["enqueue", "evaluation", "--concurrency-key", "k", "--concurrency-limit", "10001"],
                message: "--concurrency-limit is 10001. Use 1 to 10000."),
            Wrong(
                words: ["enqueue", "evaluation", "--max-attempts", "1001"],
                message: "--max-attempts is 1001. Use 1 to 1000."),
            Wrong(words: ["enqueue", "evaluation", "--count", "0"], message: "--count is 0. Use 1 to 1000."),
            Wrong(words: ["enqueue", "evaluation", "--id", "a", "--count", "2"], message: "--id names one job."),
            Wrong(words: ["enqueue", "evaluation", "--max-attempts", "0"], message: "--max-attempts is 0."),
            Wrong(words: ["jobs", "list", "--state", "gone"], message: "No state is called 'gone'. Use one of: "),
            Wrong(words: ["jobs", "list", "--limit", "0"], message: "--limit is 0. Use 1 to 10000."),
            Wrong(words: ["failed", "retry"], message: "No dead job is selected."),
            Wrong(words: ["queues", "pause", "test", "--for", "soon"], message: "'soon' is not a duration."),
            Wrong(words: ["status"], environment: ["FLOTILLA_HOEM": "x"], message: "called FLOTILLA_HOEM"),
            Wrong(words: ["status"], environment: ["FLOTILLA_X": ""], message: "FLOTILLA_TEST_JOBS"),
            Wrong(words: ["status"], environment: ["LOG_LEVEL": "loud"], message: "LOG_LEVEL is 'loud'. Use one of: "),
            Wrong(words: ["status"], environment: ["LOG_FORMAT": "xml"], message: "LOG_FORMAT is 'xml'."),
            Wrong(words: ["status"], environment: ["EXCHANGE": "nyse"], message: "EXCHANGE is 'nyse'."),
            Wrong(words: ["status"], environment: ["TRADING_ENABLED": "maybe"], message: "TRADING_ENABLED is 'maybe'."),
            Wrong(words: ["status"], environment: ["REDIS_URL": "redis://h:port"], message: "is not a Redis URL"),
            Wrong(words: ["status"], environment: ["REDIS_URL": "http://h"], message: "is not a Redis URL"),
            Wrong(words: ["status", "--redis", "127.0.0.1:6379"], message: "is not a Redis URL"),
            Wrong(words: ["up"], message: "schedules.yaml: there is no such file."),
            Wrong(words: ["scheduler"], message: "schedules.yaml: there is no such file."),
            Wrong(words: ["schedule", "check", "none.yaml"], message: "none.yaml: there is no such file."),
            Wrong(words: ["schedule", "next", "--cron", "61 * * * *"], message: "column 1"),
        ])
        func `wrong usage ends with 2 and says what is right`(_ wrong: Wrong) async throws {
            try await withSandbox { sandbox in
                let outcome = try await sandbox.run(wrong.words, environment: wrong.environment)
                #expect(outcome.status == wrong.status, "\(outcome)")
                #expect(outcome.complaint.contains(wrong.message), "\(outcome)")
                #expect(outcome.output.isEmpty, "\(outcome)")
            }
        }

        @Test func `arguments of more than 64 KiB are refused`() async throws {
            try await withSandbox { sandbox in
                let args = "\"" + String(repeating: "x", count: 65_535) + "\""
                let outcome = try await sandbox.run("enqueue", "evaluation", "--args", args)
                #expect(outcome.status == 2)
                #expect(outcome.complaint.hasPrefix("The arguments take 65537 bytes; a job may carry 65536. "))
            }
        }

        @Test func `a broken schedule file stops what needs it, with Redis and without`() async throws {
            try await withSandbox(schedule: "version: 1\nschedules: [a]\n") { sandbox in
                for words in [["up"], ["worker", "--pool", "all"], ["scheduler"], ["schedule", "next"]] {
                    let outcome = try await sandbox.run(words)
                    #expect(outcome.status == 2, "\(words): \(outcome)")
                    #expect(outcome.complaint.contains("schedules.yaml:2:12: "), "\(words): \(outcome)")
                }
                #expect(!sandbox.exists("trader.db"))
            }
        }

        /// A host needs no file while Redis has a version; one that was named is a mistake.
        @Test func `a worker without the file that was named ends when Redis has no version either`() async throws {
            try await withRedis { sandbox, _ in
                let outcome = try await sandbox.run("worker", "--pool", "a", "--schedules", "none.yaml")
                #expect(outcome.status == 2 && outcome.complaint.contains("none.yaml: there is no such file."))
            }
        }

        @Test func `help is no error`() async throws {
            try await withSandbox { sandbox in
                for words in [["--help"], ["enqueue", "--help"], ["--version"], []] {
                    let outcome = try await sandbox.run(words)
                    #expect(outcome.status == 0, "\(words): \(outcome)")
                    #expect(!outcome.output.isEmpty && outcome.complaint.isEmpty, "\(words): \(outcome)")
                }
            }
        }

        @Test func `settings come from flags, then from the environment, and secrets are masked`() async throws {
            let url = "redis://me:hunter2@127.0.0.1:1/3"
            try await withSandbox(environment: ["REDIS_URL": url, "LOG_LEVEL": "debug"]) { sandbox in
                let table = try await sandbox.run("config", "show", "--log-level", "error")
                #expect(table.status == 0)
                let rows = try await sandbox.json("config", "show")
                #expect(rows.named("REDIS_URL")["value"].text == "redis://me:***@127.0.0.1:1/3", "\(rows)")
                #expect(rows.named("REDIS_URL")["source"].text == "environment")
                #expect(rows.named("LOG_LEVEL")["value"].text == "debug")
                #expect(rows.named("DATABASE_URL")["source"].text == "default")
                let flagged = try await sandbox.json("config", "show", "--log-level", "error")
                #expect(flagged.named("LOG_LEVEL")["source"].text == "flag")
                let status = try await sandbox.run("status", "--log-level", "trace")
                #expect(status.status == 4)
                for text in [table.output, "\(rows)", "\(flagged)", "\(status)"] {
                    #expect(!text.contains("hunter2"), "\(text)")
                }
            }
        }
    }
}
