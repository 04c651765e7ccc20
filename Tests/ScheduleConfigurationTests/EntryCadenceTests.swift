import ScheduleSupport
import Testing
import Time

@testable import ScheduleConfiguration

/// What an entry may say of its cadence.
struct EntryCadenceTests {
    /// The one entry of a file, given its cadence's keys.
    private func file(_ keys: String) -> String {
        """
        timezone: Europe/Berlin
        queues: { rebalance: }
        pools: { all: { queues: ["*"] } }
        schedules:
          a: { job: rebalance, \(keys) }

        """
    }

    @Test func `an entry says what a change of the clocks does to it`() throws {
        let entry = try #require(
            try parsed(file("cron: \"30 2 * * *\", gap: shift, overlap_hour: both")).schedules.first)
        let berlin = try TimeZoneDatabase().rules(named: "Europe/Berlin")
        #expect(entry.cadence == .cron(try CronExpression("30 2 * * *", gap: .shift, overlapHour: .both), berlin))
        // What is the default anyway makes no other cadence: nothing moves when somebody writes it out.
        let plain = try #require(try parsed(file("cron: \"30 2 * * *\"")).schedules.first)
        let explicit = try parsed(file("cron: \"30 2 * * *\", gap: run-after, overlap_hour: first")).schedules.first
        #expect(plain.cadence == explicit?.cadence)
    }

    @Test func `a rule for changes of the clocks that is wrong or without effect is refused`() {
        #expect(
            problems(file("every: 1m, gap: shift, overlap_hour: both")) == [
                "5:35: gap has no effect on an interval. Remove it, or use cron instead of every.",
                "5:47: overlap_hour has no effect on an interval. Remove it, or use cron instead of every.",
            ])
        #expect(
            problems(file("cron: \"30 2 * * *\", gap: run_after, overlap_hour: twice")) == [
                "5:49: 'run_after' is not a word for gap. Did you mean run-after?",
                "5:74: 'twice' is not a word for overlap_hour. Use one of: both, first, last.",
            ])
        #expect(
            problems(file("cron: \"30 2 * 3 SUNL\", gap: skip")) == [
                "5:30: this never fires in Europe/Berlin: the clocks skip its time. Use gap: run-after."
            ])
    }

    @Test(arguments: ["2026-02-29", "2026-04-31", "2026-13-01", "2026-01-32", "1969-12-31", "9999-01-01", "2026-1-1"])
    func `a day that no calendar has bounds no entry`(_ day: String) {
        for key in ["start", "end"] {
            let text = """
                queues: { evaluation: {} }
                pools: { all: { queues: ["*"] } }
                schedules: { a: { job: evaluation, every: 1m, \(key): \(day) } }
                """
            #expect(
                problems(text) == ["3:\(key.count + 49): \(key) takes a day, not '\(day)'. Write it like 2026-01-31."])
        }
    }

    @Test func `a file with an old name is valid, with a warning where it stands`() throws {
        let folder = try ZoneFolder(["America/New_York", "Asia/Tokyo"])
        let text = """
            timezone: Japan
            queues: { evaluation: {} }
            pools: { all: { queues: ["*"] } }
            schedules:
              a: { job: evaluation, cron: "0 8 * * *", timezone: US/Eastern }
              b: { job: evaluation, cron: "0 9 * * *", timezone: US/Eastern }
              c: { job: evaluation, cron: "0 9 * * *", timezone: Asia/Tokyo }
            """
        let file = try ScheduleFile.parse(
            Array(text.utf8), file: "s.yaml", known: knownNames, zones: folder.database)
        SchemaAgreement.check(Array(text.utf8), [])
        #expect(file.warnings.map { "\($0.line):\($0.column)" } == ["1:11", "5:54"])
        #expect(file.warnings[1].message.contains("it is America/New_York now"))
        #expect(file.schedules[0].cadence.next(after: utc(2026, 7, 1) * 1000) == utc(2026, 7, 1, 12) * 1000)
    }
}
