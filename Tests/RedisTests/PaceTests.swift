import TestSupport
import Testing

/// The rhythm of tests that load a fleet.
@Suite struct PaceTests {
    @Test func `a beat comes with its time, and missed ones are not made up for`() async throws {
        let clock = ManualClock()
        var pace = Pace(every: .seconds(2), on: clock)
        clock.advance(by: .seconds(7))
        // Three beats have passed; one is told, and the next is two seconds from now.
        #expect(await pace.beat())
        let waiting = Task { [pace] in
            var pace = pace
            return await pace.beat()
        }
        try await clock.waitForSleepers()
        clock.advance(by: .milliseconds(1_999))
        #expect(clock.sleeperCount == 1)
        clock.advance(by: .milliseconds(1))
        #expect(await waiting.value)
    }

    @Test func `a beat and a fault end with their task`() async throws {
        let clock = ManualClock()
        let beating = Task {
            var pace = Pace(every: .seconds(2), on: clock)
            return await pace.beat()
        }
        let lasting = Task { await hold(for: .seconds(60), on: clock) }
        try await clock.waitForSleepers(2)
        beating.cancel()
        lasting.cancel()
        #expect(await beating.value == false)
        await lasting.value
    }
}
