import TestSupport
import Testing
import Time

@testable import Scheduler

/// What a scheduler says about clocks.
struct ClockWatchTests {
    private static let hour: Int64 = 3_600_000

    @Test func `a clock of Redis that goes forward by more than three hours is told, once`() {
        let log = LogBook()
        var watch = ClockJumpWatch()
        for now in [0, 3 * Self.hour, 6 * Self.hour, 9 * Self.hour + 1, 9 * Self.hour + 2, 5 * Self.hour] {
            watch.note(now, log.logger)
        }
        #expect(log.lines.count == 1)
        #expect(log.lines.first?.contains("went forward by 180 minutes since this scheduler's last look") == true)
    }

    @Test func `a clock of this machine that is off is told, and again when it is right`() {
        let log = LogBook()
        var watch = SkewWatch()
        for skew: Int64 in [500, -501, -700, 2_001, 500, 0] { watch.note(skew, shownFrom: 500, log.logger) }
        #expect(
            log.lines == [
                "warning this machine's clock is 501 ms behind that of Redis. Set it right, for example with chrony",
                "info this machine's clock agrees with that of Redis again",
            ])
        watch.note(2_001, shownFrom: 500, log.logger)
        #expect(
            log.lines.last == "warning this machine's clock is 2001 ms ahead of that of Redis, so this scheduler does "
                + "not lead. Set it right, for example with chrony")
        #expect(watch.milliseconds == 2_001)
    }
}
