import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// What people do to single entries while the schedule runs.
    @Suite(.serialized) struct ScheduleEntryTests {
        private static let schedule = """
            version: 1
            queues: { test: , execution: }
            pools: { all: { queues: [test, execution] } }
            schedules:
              pulse: { job: flotilla.test.noop, every: 1s, overlap: allow }
              each: { job: flotilla.test.noop, every: 1s, overlap: allow, for_each: [a, b] }
              trade: { job: execution, every: 1h, args: { reconcile: true } }

            """

        private static func withScheduler(_ body: (Sandbox, Running) async throws -> Void) async throws {
            try await withRedis(schedule: schedule, environment: Schedules.testJobs) { sandbox, _ in
                let scheduler = try sandbox.start(["scheduler"])
                try await eventually("it ticks", within: .seconds(15), every: .milliseconds(100)) {
                    try await newest("each", sandbox)?["jobs"].int == 2
                }
                try await body(sandbox, scheduler)
            }
        }

        private static func history(_ entry: String, _ sandbox: Sandbox) async throws -> [JSON] {
            try await sandbox.json("schedule", "history", entry, "--count", "1000").array
        }

        private static func newest(_ entry: String, _ sandbox: Sandbox) async throws -> JSON? {
            let outcome = try await sandbox.run("schedule", "history", entry, "--json")
            return outcome.status == 0 ? try JSON(outcome.output).array.first : nil
        }

        /// The records from the newest to the oldest follow one another without a second left out. What was made up for
        /// comes later and stands aside.
        private static func hasNoHole(_ records: [JSON]) -> Bool {
            let regular = records.filter { $0["outcome"].text != "backfilled" }
            return zip(regular, regular.dropFirst()).allSatisfy { newer, older in
                guard let first = second(newer["first_at"]), let last = second(older["nominal_at"])
                else { return false }
                return first.timeIntervalSince(last) == 1
            }
        }

        private static func second(_ time: JSON) -> Date? {
            try? Date(String(time.text.prefix(19)) + "Z", strategy: .iso8601)
        }

        @Test func `an entry that never ran has no last run, and an edit takes none away`() async throws {
            let seldom = Self.schedule + "  yearly: { job: flotilla.test.noop, cron: \"0 0 1 1 *\" }\n"
            try await withRedis(schedule: seldom, environment: Schedules.testJobs) { sandbox, _ in
                _ = try sandbox.start(["scheduler"])
                func list() async throws -> JSON { try await sandbox.json("schedule", "list") }
                try await eventually("pulse ran", within: .seconds(15), every: .milliseconds(100)) {
                    try await list().named("pulse")["last_at"].text != ""
                }
                let yearly = try await list().named("yearly")
                #expect(yearly["last_at"] == .null && yearly["baseline_at"].text != "", "\(yearly)")
                let table = try await sandbox.run("schedule", "list")
                let row = table.output.split(separator: "\n").first { $0.hasPrefix("yearly") } ?? ""
                #expect(row.split(separator: " ")[3] == "-", "\(table)")
                let edited = seldom.replacing(
                    "pulse: { job: flotilla.test.noop, every: 1s", with: "pulse: { job: flotilla.test.noop, every: 2h"
                )
                .replacing("0 0 1 1 *", with: "0 0 2 1 *")
                try sandbox.write(edited, to: "schedules.yaml")
                try await eventually("the edit is active", within: .seconds(15), every: .milliseconds(100)) {
                    try await sandbox.json("status")["scheduler"]["schedule_version"].int == 2
                }
                let after = try await list()
                #expect(after.named("yearly")["last_at"] == .null, "\(after)")
                #expect(after.named("pulse")["last_at"].text != "", "\(after)")
                let (ran, baseline) = (after.named("pulse")["last_at"].text, after.named("pulse")["baseline_at"].text)
                #expect(ran <= baseline && ran.hasSuffix(".000Z"), "\(after)")
            }
        }

        @Test func `a pause leaves a record of each tick, and what it left out is made up for once`() async throws {
            try await Self.withScheduler { sandbox, _ in
                let paused = try await sandbox.run("schedule", "pause", "pulse", "--reason", "audit")
                #expect((paused.status, paused.output) == (0, "paused pulse\n"))
                try await eventually("two ticks are left out", within: .seconds(15), every: .milliseconds(100)) {
                    try await Self.newest("pulse", sandbox)?["count"].int ?? 0 >= 2
                }
                let entry = try await sandbox.json("schedule", "list").array.first { $0["name"].text == "pulse" }
                #expect(entry?["pauses"].array.first?["reason"].text == "audit")
                #expect(try await sandbox.run("schedule", "resume", "pulse").output == "resumed pulse\n")
                try await eventually("it ticks again", within: .seconds(15), every: .milliseconds(100)) {
                    try await Self.newest("pulse", sandbox)?["outcome"].text == "enqueued"
                }
                let record = try #require(
                    try await Self.history("pulse", sandbox).first { $0["reason"].text == "paused" })
                #expect((record["outcome"].text, record["detail"].text) == ("skipped", "audit"))
                let window = ["--from", record["first_at"].text, "--to", record["nominal_at"].text, "--json"]
                let words = ["schedule", "backfill", "pulse"] + window
                let dry = try JSON(try await sandbox.run(words + ["--dry-run"], within: .seconds(30)).output)
                #expect((dry["ticks"].array.count, dry["jobs"].int) == (record["count"].int, 0))
                #expect(try await sandbox.run(words, within: .seconds(30)).status == 5)
                for jobs in [record["count"].int, 0] {
                    let made = try await sandbox.run(words + ["--yes"], within: .seconds(30))
                    #expect(made.status == 0, "\(made)")
                    #expect(try JSON(made.output)["jobs"].int == jobs)
                }
                let records = try await Self.history("pulse", sandbox)
                #expect(records.count { $0["outcome"].text == "backfilled" } == record["count"].int)
                #expect(Self.hasNoHole(records))
            }
        }

        @Test func `one entity is paused while the others go on, and is made up for at the end`() async throws {
            try await Self.withScheduler { sandbox, _ in
                #expect(try await sandbox.run("schedule", "pause", "each#a").status == 0)
                try await eventually("it is left out", within: .seconds(15), every: .milliseconds(100)) {
                    try await Self.newest("each", sandbox)?["paused"].array.map(\.text) == ["a"]
                }
                #expect(try await Self.newest("each", sandbox)?["jobs"].int == 1)
                let resumed = try await sandbox.run("schedule", "resume", "each#a", "--catch-up", "all")
                #expect(resumed.status == 0, "\(resumed)")
                let made = /resumed each#a; (\d+) jobs of \1 ticks were made up for\n/
                #expect(resumed.output.wholeMatch(of: made) != nil)
                try await eventually("both tick again", within: .seconds(15), every: .milliseconds(100)) {
                    try await Self.newest("each", sandbox)?["jobs"].int == 2
                }
                #expect(Self.hasNoHole(try await Self.history("each", sandbox)))
            }
        }

        @Test func `a run out of turn moves no tick`() async throws {
            try await Self.withScheduler { sandbox, _ in
                #expect(try await sandbox.json("schedule", "run", "each").array.count == 2)
                #expect(try await sandbox.json("schedule", "run", "each#b").array.count == 1)
                #expect(try await sandbox.json("schedule", "run", "pulse")["queue"].text == "test")
                let before = try await Self.history("each", sandbox).count
                try await eventually("it ticks on", within: .seconds(15), every: .milliseconds(100)) {
                    try await Self.history("each", sandbox).count > before + 1
                }
                #expect(Self.hasNoHole(try await Self.history("each", sandbox)))
            }
        }

        @Test(arguments: [
            (words: "pause nobody", status: Int32(3), complaint: "No schedule is called 'nobody'"),
            (words: "pause pulse#a", status: 2, complaint: "has no entities"),
            (words: "pause pulse --for 0s", status: 2, complaint: "0s"),
            (words: "pause trade --catch-up once", status: 5, complaint: "places orders"),
            (words: "resume pulse", status: 3, complaint: "'pulse' is not paused"),
            (words: "history nobody", status: 3, complaint: "No schedule is called 'nobody'"),
            (words: "run each#c", status: 3, complaint: "'c' is no entity of 'each' now"),
            (
                words: "backfill pulse --from now --to 2026-01-01T00:00:00Z", status: 2,
                complaint: "--from: 'now' is not a time."
            ),
            (
                words: "backfill pulse --from 2026-01-02T00:00:00Z --to 2026-01-01T00:00:00Z", status: 2,
                complaint: "--from is after --to"
            ),
            (
                words: "backfill trade --from 2026-01-01T00:00:00Z --to 2026-01-01T01:00:00Z", status: 5,
                complaint: "places orders"
            ),
        ])
        func `what makes no sense is refused with a word about it`(
            _ example: (words: String, status: Int32, complaint: String)
        ) async throws {
            try await withRedis(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, _ in
                let words = ["schedule"] + example.words.split(separator: " ").map(String.init)
                let outcome = try await sandbox.run(words, within: .seconds(30))
                #expect(outcome.status == example.status, "\(outcome)")
                #expect(outcome.complaint.contains(example.complaint), "\(outcome)")
            }
        }

        @Test func `a scheduler that starts with a broken file goes on with the active version`() async throws {
            try await Self.withScheduler { sandbox, first in
                kill(first.pid, SIGTERM)
                #expect(try await first.end(within: .seconds(10)).status == 0)
                try sandbox.write("version: 1\nschedules: [oops]\n", to: "schedules.yaml")
                let second = try sandbox.start(["scheduler"])
                try await eventually("it says what it does", within: .seconds(15)) {
                    second.log.contains("the schedule file is broken, so version 1 of ")
                        && second.log.contains("schedules.yaml:2:12: ")
                }
                let before = try await Self.history("pulse", sandbox).count
                try await eventually("it ticks on", within: .seconds(15), every: .milliseconds(100)) {
                    try await Self.history("pulse", sandbox).count > before + 1
                }
                #expect(Self.hasNoHole(try await Self.history("pulse", sandbox)))
                // Once it is mended the file counts again.
                try sandbox.write(Self.schedule.replacing("every: 1h", with: "every: 2h"), to: "schedules.yaml")
                try await eventually("the mended file is active", within: .seconds(15)) {
                    second.log.contains("schedule version 2 is active")
                }
            }
        }

        @Test func `whoever is killed in the middle of apply beside a leader leaves the change to the leader`()
            async throws
        {
            try await withRedis(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, server in
                let client = server.client()
                let scheduler = try sandbox.start(["scheduler"])
                try await eventually("it ticks", within: .seconds(15), every: .milliseconds(100)) {
                    try await Self.newest("pulse", sandbox) != nil
                }
                let other = Self.schedule.replacing("every: 1h", with: "every: 2h")
                try sandbox.write(other, to: "new.yaml")
                _ = try await client.send(["CLIENT", "PAUSE", 60_000, "WRITE"])
                let applying = try sandbox.start(["schedule", "apply", "new.yaml", "--yes"])
                try await eventually("the file is written", within: .seconds(15)) {
                    sandbox.read("schedules.yaml") == other
                }
                kill(applying.pid, SIGKILL)
                _ = try await applying.end(within: .seconds(10))
                _ = try await client.send(["CLIENT", "UNPAUSE"])
                try await eventually("the leader has activated it", within: .seconds(20)) {
                    scheduler.log.contains("schedule version 2 is active")
                }
                let before = try await Self.history("pulse", sandbox).count
                try await eventually("it ticks on", within: .seconds(15), every: .milliseconds(100)) {
                    try await Self.history("pulse", sandbox).count > before
                }
                #expect(Self.hasNoHole(try await Self.history("pulse", sandbox)))
                let versions = try await sandbox.json("schedule", "rollback").array
                #expect(versions.map { $0["version"].int } == [2, 1])
                await client.close()
            }
        }
    }
}
