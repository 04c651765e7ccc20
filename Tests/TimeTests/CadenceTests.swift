import ScheduleSupport
import TestSupport
import Testing

@testable import Time

struct CadenceTests {
    private let cron: Cadence

    init() throws {
        cron = .cron(try CronExpression("*/7 3-5 * * *"), try TimeZoneDatabase().rules(named: "Europe/Berlin"))
    }

    @Test func `intervals are aligned to the epoch, before it too`() {
        let cadence = Cadence.every(milliseconds: 30_000, offset: 10_000)
        #expect(cadence.next(after: 0) == 10_000)
        #expect(cadence.next(after: 10_000) == 40_000)
        #expect(cadence.next(after: 39_999) == 40_000)
        #expect(cadence.next(after: -25_000) == -20_000)
    }

    @Test func `a cron tick is strictly after a time within its second`() throws {
        let cadence = Cadence.cron(try CronExpression("* * * * *"), .utc)
        #expect(cadence.next(after: 59_999) == 60_000)
        #expect(cadence.next(after: 60_000) == 120_000)
        #expect(cadence.next(after: -1) == 0)
    }

    @Test func `ticks hold the end, not the start, and stop at the limit`() {
        let cadence = Cadence.every(milliseconds: 1000, offset: 0)
        #expect(cadence.ticks(after: 1000, through: 4000, limit: 10) == [2000, 3000, 4000])
        #expect(cadence.ticks(after: 1000, through: 4000, limit: 2) == [2000, 3000])
        #expect(cadence.ticks(after: 4000, through: 1000, limit: 2) == [])
    }

    @Test func `latest and count agree with the list of ticks`() {
        var random = SeededRandom(seed: 7)
        for cadence in [cron, .every(milliseconds: 420_000, offset: 3000)] {
            for _ in 0..<100 {
                let start = utc(2026, 3, 20) * 1000 + Int64.random(in: 0...864_000_000, using: &random)
                let end = start + Int64.random(in: 0...200_000_000, using: &random)
                let ticks = cadence.ticks(after: start, through: end, limit: 10_000)
                #expect(cadence.latest(after: start, through: end) == ticks.last)
                #expect(cadence.count(after: start, through: end, limit: 10_000) == ticks.count)
            }
        }
    }
}
