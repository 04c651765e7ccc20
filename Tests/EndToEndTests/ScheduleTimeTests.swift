import Foundation
import ProgramSupport
import Testing

extension EndToEnd {
    @Suite(.serialized) struct ScheduleTimeTests {
        @Test func `next says beside a run what a change of the clocks did to it`() async throws {
            try await withSandbox { sandbox in
                let spring = try await sandbox.run(
                    "schedule", "next", "--cron", "30 2 * * *", "--timezone", "Europe/Berlin", "--from",
                    "2026-03-28T12:00:00Z", "--count", "2")
                #expect(
                    spring.output == """
                        AT                        LOCAL
                        2026-03-29T01:00:00.000Z  Sun 2026-03-29 03:00 Europe/Berlin (gap → 03:00)
                        2026-03-30T00:30:00.000Z  Mon 2026-03-30 02:30 Europe/Berlin

                        """)
                let autumn = try await sandbox.run(
                    "schedule", "next", "--cron", "30 2 * * *", "--timezone", "Europe/Berlin", "--from",
                    "2026-10-24T12:00:00Z", "--count", "1")
                #expect(autumn.output.contains("Sun 2026-10-25 02:30 Europe/Berlin (2nd pass skipped)"))
                let told = try await sandbox.json(
                    "schedule", "next", "--cron", "30 2 * * *", "--timezone", "Europe/Berlin", "--gap", "shift",
                    "--from", "2026-03-28T12:00:00Z", "--count", "1")
                let expected = try JSON(
                    """
                    [{"at": "2026-03-29T01:30:00.000Z", "local": "2026-03-29T03:30:00+02:00",
                      "timezone": "Europe/Berlin", "daylight": "gap", "meant": "2026-03-29T02:30:00"}]
                    """)
                #expect(told == expected)
            }
        }

        @Test func `next takes the cadences that files take`() async throws {
            try await withSandbox { sandbox in
                let next = ["schedule", "next", "--from", "2026-03-28T12:00:00Z", "--count", "2", "--json", "--cron"]
                for text in ["@every 90s", " @EVERY  1m30s "] {
                    let every = try await sandbox.run(next + [text])
                    let expected = #"[{"at":"2026-03-28T12:01:30.000Z"},{"at":"2026-03-28T12:03:00.000Z"}]"#
                    #expect(every.output == expected + "\n", "\(text): \(every)")
                }
                let wrong = [
                    ("@every 90", "'90' is not a duration."), ("@every", "'' is not a duration."),
                    ("@every 50ms", "an interval must be at least 100ms."),
                ]
                for (text, message) in wrong {
                    let outcome = try await sandbox.run(next + [text])
                    #expect(outcome.status == 2 && outcome.complaint.hasPrefix(message), "\(outcome)")
                }
                let zoned = try await sandbox.run(next + ["@every 90s", "--timezone", "Europe/Berlin"])
                #expect(zoned.status == 2 && zoned.complaint.hasPrefix("timezone has no effect on an interval."))
            }
        }

        @Test func `a schedule is held to a file of expected times`() async throws {
            try await withSandbox(schedule: Schedules.trading) { sandbox in
                try sandbox.write(
                    """
                    tests:
                      - { cron: "30 2 * * *", timezone: Europe/Berlin, expect: [2026-03-29 03:00, 2026-03-30 02:30] }
                      - { every: 1h, expect: [2026-01-01 00:00, 2026-01-01 00:30], not: [2026-01-01 01:00] }

                    """, to: "times.yaml")
                let wrong = try await sandbox.run("schedule", "test", "times.yaml")
                #expect(wrong.status == 1)
                #expect(
                    wrong.output == """
                        ok      times.yaml:2: '30 2 * * *'
                        FAILED  times.yaml:3: '1h'
                                  - 2026-01-01T00:30:00.000Z  expected, does not run
                                  + 2026-01-01T01:00:00.000Z  runs, not expected

                        """)
                #expect(wrong.complaint.contains("1 of 2 tests in times.yaml failed"))
                let machine = try await sandbox.run("schedule", "test", "times.yaml", "--json")
                #expect(machine.status == 1)
                let document = try JSON(machine.output)
                #expect(document["passed"] == .bool(false))
                #expect(document["tests"][1]["missing"][0].text == "2026-01-01T00:30:00.000Z")
                #expect(document["tests"][1]["surplus"][0].text == "2026-01-01T01:00:00.000Z")

                try sandbox.write("tests:\n  - { name: nobody, expect: [] }\n", to: "times.yaml")
                let unknown = try await sandbox.run("schedule", "test", "times.yaml")
                #expect(unknown.status == 2)
                #expect(unknown.complaint.contains("times.yaml:2:13: the schedule has no entry 'nobody'"))
            }
        }

        @Test func `the shipped schedule runs when its own tests say so`() async throws {
            try await withSandbox { sandbox in
                let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL.path
                let outcome = try await sandbox.run(
                    "schedule", "test", "\(root)/ops/schedules.test.yaml", "--schedules", "\(root)/schedules.yaml")
                #expect(outcome.status == 0, "\(outcome)")
            }
        }

        @Test func `a Celery beat schedule becomes a file that check accepts`() async throws {
            try await withSandbox { sandbox in
                try sandbox.write(
                    """
                    {"trades": {"task": "app.tasks.trading_tasks.update_trade_statuses", "schedule": 120.0},
                     "mine": {"task": "mine.do", "schedule": {"minute": "0", "hour": "8", "day_of_week": "mon-fri"}},
                     "stats": {"task": "app.tasks.market_data_tasks.cache_stats_logger", "schedule": 60.0}}
                    """, to: "beat.json")
                let outcome = try await sandbox.run("schedule", "import-celery", "beat.json", "--map", "do=rebalance")
                #expect(outcome.status == 0)
                #expect(outcome.complaint.hasPrefix("not imported: stats: "))
                #expect(outcome.complaint.hasSuffix("\nimported 2 of 3 entries, 1 left out\n"), "\(outcome)")
                let strict = try await sandbox.run(
                    "schedule", "import-celery", "beat.json", "--map", "do=rebalance", "--strict")
                #expect(strict.status == 1 && strict.output == outcome.output, "\(strict)")
                let last = strict.complaint.split(separator: "\n").last ?? ""
                #expect(last.hasPrefix("imported 2 of 3 entries, 1 left out. "), "\(strict)")
                try sandbox.write(outcome.output, to: "schedules.yaml")
                let check = try await sandbox.run("schedule", "check")
                #expect(check.output == "schedules.yaml is valid: 2 schedules, 2 queues, 1 pools, 0 limits\n")
                let document = try await sandbox.json("schedule", "import-celery", "beat.json")
                #expect(document["imported"].array.map(\.text) == ["trades"])
                #expect(document["left"].array.map { $0["name"].text } == ["mine", "stats"])
                let wrong = try await sandbox.run("schedule", "import-celery", "beat.json", "--map", "do")
                #expect(wrong.status == 2)
                let missing = try await sandbox.run("schedule", "import-celery", "nothing.json")
                #expect(missing.status == 2)
                #expect(missing.complaint.contains("nothing.json: there is no such file."))
            }
        }
    }
}
