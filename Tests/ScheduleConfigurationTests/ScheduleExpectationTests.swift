import ScheduleSupport
import Testing

@testable import ScheduleConfiguration
@testable import Scheduler

struct ScheduleExpectationTests {
    private static func schedule() throws -> ScheduleFile {
        try parsed(
            """
            queues: { rebalance: }
            pools: { all: { queues: ["*"] } }
            schedules:
              nightly: { job: rebalance, cron: "30 2 * * *", timezone: Europe/Berlin }
              often: { job: rebalance, every: 30s, offset: 10s }

            """)
    }

    private func differences(_ text: String) throws -> [ScheduleExpectation.Difference] {
        try ScheduleExpectation.parse(Array(text.utf8), file: "t", against: Self.schedule()).map { $0.difference() }
    }

    private func problems(_ text: String) throws -> String {
        do {
            return "\(try ScheduleExpectation.parse(Array(text.utf8), file: "t", against: Self.schedule()))"
        } catch {
            return "\(error)"
        }
    }

    @Test func `what happens as expected differs in nothing`() throws {
        let found = try differences(
            """
            tests:
              - name: nightly
                from: 2026-03-28 12:00
                expect: [2026-03-29 03:00, 2026-03-30 02:30, 2026-03-31T00:30:00Z]
                not: [2026-03-29T01:30:00Z]
              - name: nightly
                from: 2026-10-24 12:00
                until: 2026-10-26 12:00
                expect: [2026-10-25T02:30+02:00, 2026-10-26 02:30]
                not: [2026-10-25T02:30+01:00]
              - name: often
                expect: [2026-01-01 00:00:10, 2026-01-01 00:00:40]
              - { cron: "0 8 * * MON", timezone: America/New_York, not: [2026-11-24 08:00], expect: [2026-11-23 08:00] }
              - { every: 1h, from: 2026-01-01 00:30, until: 2026-01-01 02:00, expect: [2026-01-01T01:00Z] }
              - { cron: "0 0 1 1 *", from: 2026-02-01 00:00, until: 2026-12-31 00:00, expect: [] }

            """)
        #expect(found.count == 6)
        #expect(found.filter { !$0.isEmpty } == [])
    }

    @Test func `times that are missing, surplus or denied are told apart`() throws {
        let found = try differences(
            """
            tests:
              - { cron: "0 * * * *", expect: [2026-01-01 01:00, 2026-01-01 01:30, 2026-01-01 03:00] }
              - { cron: "0 * * * *", not: [2026-01-01 01:00, 2026-01-01 01:30] }
              - { cron: "0 * * * *", from: 2026-01-01 00:30, until: 2026-01-01 02:30, expect: [2026-01-01 02:00] }

            """)
        let hour = { (hour: Int, minute: Int) in utc(2026, 1, 1, hour, minute) * 1000 }
        #expect(
            found == [
                .init(missing: [hour(1, 30)], surplus: [hour(2, 0)]), .init(missing: [], surplus: [hour(1, 0)]),
                .init(missing: [], surplus: [hour(1, 0)]),
            ])
    }

    @Test(arguments: [
        ("tests: []", "t:1:8: there are no tests"),
        ("", "t:1:1: there are no tests"),
        ("tests: [{ name: nighty, expect: [] }]", "t:1:17: the schedule has no entry 'nighty'. Did you mean nightly?"),
        ("tests: [{ name: nightly }]", "t:1:9: the test of nightly expects nothing"),
        ("tests: [{ name: nightly, cron: \"* * * * *\", not: [] }]", "t:1:26: cron stands beside name"),
        ("tests: [{ cron: \"61 * * * *\", expect: [] }]", "t:1:18: minute '61' is out of range"),
        ("tests: [{ name: nightly, expect: [tomorrow] }]", "t:1:35: 'tomorrow' is not a time"),
        ("tests: [{ name: nightly, expect: [2026-02-30 01:00] }]", "'2026-02-30 01:00' is not a time"),
        ("tests: [{ name: nightly, expect: [2026-03-29 02:30] }]", "t:1:35: this local time does not exist"),
        ("tests: [{ name: nightly, expect: [2026-10-25 02:30] }]", "t:1:35: this local time exists twice"),
        ("tests: [{ name: nightly, expect: 2026-10-25 }]", "expect takes a list of times"),
        ("tests: [{ name: nightly, until: 2026-01-01 00:00, expect: [] }]", "until needs a from"),
        ("tests: [{ name: nightly, not: [], until: 2026-01-01 00:00 }]", "until has an effect only with expect"),
        (
            "tests: [{ name: nightly, from: 2026-02-01 00:00, expect: [2026-01-01 02:30] }]",
            "t:1:50: a time in expect lies before from"
        ),
        ("test: []", "t:1:1: the file has no key 'test'. Did you mean tests?"),
        ("tests: [{ every: 0s, not: [] }]", "t:1:18: the duration '0s' is zero"),
    ])
    func `a file of expectations that is wrong says where`(text: String, message: String) throws {
        let found = try problems(text)
        #expect(found.contains(message), "\(found)")
    }
}
