import Foundation
import Glibc
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    @Suite(.serialized) struct ScheduleCheckTests {
        /// Three lines that declare what the entries below need.
        private static let frame = "version: 1\nqueues: { evaluation: }\npools: { all: { queues: [\"*\"] } }\n"

        struct Broken: Sendable, CustomTestStringConvertible {
            let text: String
            let line, column: Int
            /// A part of the message.
            let message: String
            var testDescription: String { message }

            init(_ text: String, _ line: Int, _ column: Int, _ message: String) {
                self.text = text
                self.line = line
                self.column = column
                self.message = message
            }
        }

        @Test(arguments: [
            Broken(frame + "schedules:\n  a:\n    job: evalution\n    every: 1m\n", 6, 10, "Did you mean evaluation?"),
            Broken(frame + "schedules:\n  a: { job: evaluation, every: 30 }\n", 5, 32, "not the number 30"),
            Broken(frame + "schedules:\n  a: { job: evaluation, cron: \"0 8 * * MOM\" }\n", 5, 40, "Did you mean MON?"),
            Broken(
                frame + "schedules:\n  a:\n    job: evaluation\n    every: 1m\n    every: 2m\n", 8, 5,
                "the key 'every' is already on line 7"),
            Broken(frame + "schedules:\n  a:\n\tjob: evaluation\n", 6, 1, "a tab is used for indentation"),
            Broken(frame + "schedules:\n  a: { job: evaluation, every: 1m, evry: 1m }\n", 5, 36, "Did you mean every?"),
            Broken(
                frame + "schedules:\n  a: { job: evaluation, cron: \"0 8 * * *\", timezone: CET }\n", 5, 54,
                "Use Europe/Berlin."),
            Broken("version: 2\n", 1, 10, "Write version: 1."),
            Broken("- a\n- b\n", 1, 1, "takes a mapping, not a list"),
            Broken("", 1, 1, "the file is empty"),
        ])
        func `a broken file is refused with line and column`(_ broken: Broken) async throws {
            try await withSandbox { sandbox in
                try sandbox.write(broken.text, to: "broken.yaml")
                let outcome = try await sandbox.run("schedule", "check", "broken.yaml")
                #expect(outcome.status == 2)
                #expect(outcome.output.isEmpty)
                let place = "broken.yaml:\(broken.line):\(broken.column): "
                let line = outcome.complaint.split(separator: "\n").first { $0.hasPrefix(place) }
                #expect(line?.contains(broken.message) == true, "\(outcome)")

                let machine = try await sandbox.run("schedule", "check", "broken.yaml", "--json")
                #expect(machine.status == 2)
                let document = try JSON(machine.output)
                #expect(document["valid"] == .bool(false))
                let found = document["problems"].array.contains { problem in
                    problem["line"].int == broken.line && problem["column"].int == broken.column
                        && problem["message"].text.contains(broken.message)
                }
                #expect(found, "\(machine)")
            }
        }

        @Test func `a valid file is said to be valid, and its ticks can be asked for`() async throws {
            try await withSandbox(schedule: Schedules.trading) { sandbox in
                let check = try await sandbox.run("schedule", "check")
                #expect(check.status == 0)
                #expect(check.output == "schedules.yaml is valid: 6 schedules, 4 queues, 2 pools, 1 limits\n")
                #expect(
                    try await sandbox.json("schedule", "check")
                        == JSON(#"{"valid": true, "problems": [], "warnings": []}"#))
                let next = try await sandbox.json(
                    "schedule", "next", "refresh-quotes", "--from", "2026-01-31T08:00:00Z", "--count", "2")
                #expect(next.array.map { $0["name"].text } == ["refresh-quotes", "refresh-quotes"])
                #expect(next.array.map { $0["at"].text } == ["2026-01-31T08:00:02.000Z", "2026-01-31T08:00:04.000Z"])
                let cron = try await sandbox.json(
                    "schedule", "next", "--cron", "0 8 * * MON-FRI", "--timezone", "America/New_York", "--from",
                    "2026-03-06T14:00:00Z", "--count", "1")
                #expect(cron[0]["at"].text == "2026-03-09T12:00:00.000Z")
                #expect(cron[0].keys == ["at", "local", "timezone"])
                #expect(cron[0]["local"].text == "2026-03-09T08:00:00-04:00")
            }
        }

        @Test func `SIGHUP makes the scheduler read its file again, and ends nobody`() async throws {
            try await withRedis(schedule: Self.pulse(every: "1h"), environment: Schedules.testJobs) { sandbox, _ in
                let scheduler = try sandbox.start(["scheduler"])
                let worker = try sandbox.start(["worker", "--queues", "*"])
                try await eventually("it leads", within: .seconds(10)) { scheduler.log.contains("leads with epoch") }
                try await eventually("the worker serves", within: .seconds(10)) { worker.log.contains("serves") }
                kill(scheduler.pid, SIGHUP)
                kill(worker.pid, SIGHUP)
                try await eventually("it reads again", within: .seconds(10)) {
                    scheduler.log.contains("was read again")
                }
                let made = try await sandbox.run("enqueue", "flotilla.test.noop", "--wait")
                #expect(made.status == 0, "\(made)")
            }
        }

        @Test func `an edit takes effect while the scheduler runs, and a broken one does not`() async throws {
            try await withRedis(schedule: Self.pulse(every: "1h")) { sandbox, server in
                let redis = server.client()
                let scheduler = try sandbox.start(["scheduler"])
                try await eventually("it leads", within: .seconds(10)) { scheduler.log.contains("leads with epoch") }
                try sandbox.write("version: 1\nschedules: [oops]\n", to: "schedules.yaml")
                try await eventually("the broken file is refused", within: .seconds(10)) {
                    scheduler.log.contains("the active schedule stays: schedules.yaml:2:12: ")
                }
                try sandbox.write(Self.pulse(every: "1s"), to: "schedules.yaml")
                try await eventually("the new cadence ticks", within: .seconds(15), every: .milliseconds(50)) {
                    try await redis.ticks(of: "pulse", in: "test").count >= 2
                }
                await redis.close()
            }
        }

        @Test func `whatever takes the place of the file, the running schedule goes on`() async throws {
            try await withRedis(schedule: Self.pulse(every: "500ms")) { sandbox, server in
                let redis = server.client()
                let scheduler = try sandbox.start(["scheduler"])
                try await eventually("it leads", within: .seconds(10)) { scheduler.log.contains("leads with epoch") }
                let path = sandbox.folder + "/schedules.yaml"
                let replacements: [(complaint: String, make: () throws -> Void)] = [
                    ("this is a directory", { mkdir(path, 0o755) }),
                    ("this is not a regular file", { mkfifo(path, 0o644) }),
                    ("this is not UTF-8 text", { try Data([0x61, 0xFF, 0x0A]).write(to: URL(filePath: path)) }),
                    ("there is a control character (U+0)", { try Data([0x61, 0]).write(to: URL(filePath: path)) }),
                    ("this is not YAML", { try sandbox.write("schedules: { a: {", to: "schedules.yaml") }),
                    ("the file is empty", { try sandbox.write("", to: "schedules.yaml") }),
                    ("there is no such file", {}),
                ]
                for replacement in replacements {
                    try FileManager.default.removeItem(atPath: path)
                    try replacement.make()
                    try await eventually("'\(replacement.complaint)' is logged", within: .seconds(10)) {
                        scheduler.log.contains(replacement.complaint)
                    }
                    let before = try await redis.ticks(of: "pulse", in: "test").count
                    try await eventually("it ticks on", within: .seconds(10), every: .milliseconds(50)) {
                        try await redis.ticks(of: "pulse", in: "test").count > before
                    }
                    if !FileManager.default.fileExists(atPath: path) { try sandbox.write("", to: "schedules.yaml") }
                }
                await redis.close()
            }
        }

        private static func pulse(every: String) -> String {
            """
            version: 1
            queues: { test: }
            pools: { all: { queues: [test] } }
            schedules: { pulse: { job: flotilla.test.noop, every: \(every), overlap: allow } }

            """
        }
    }
}
