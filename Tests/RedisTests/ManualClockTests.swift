import TestSupport
import Testing

@Suite struct ManualClockTests {
    @Test func `a sleeper wakes when the clock has moved far enough`() async throws {
        let clock = ManualClock()
        let sleeper = Task { try await clock.sleep(for: .seconds(10)) }
        try await clock.waitForSleepers()
        clock.advance(by: .seconds(9))
        #expect(clock.sleeperCount == 1)
        clock.advance(by: .seconds(1))
        try await sleeper.value
        #expect(clock.now.offset == .seconds(10))
    }

    @Test func `a cancelled sleeper stops sleeping`() async throws {
        let clock = ManualClock()
        let sleeper = Task { try await clock.sleep(for: .seconds(10)) }
        try await clock.waitForSleepers(1)
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        #expect(clock.sleeperCount == 0)
    }

    @Test func `waiting for sleepers that never come fails with their number`() async {
        let clock = ManualClock()
        await #expect(throws: NeverHappened.self) { try await clock.waitForSleepers(2, within: .milliseconds(10)) }
    }

    @Test func `waiting for sleepers ends when the last of them has come`() async throws {
        let clock = ManualClock()
        async let enough: Void = clock.waitForSleepers(3)
        let sleepers = (1...3).map { seconds in Task { try await clock.sleep(for: .seconds(seconds)) } }
        try await enough
        clock.advance(by: .seconds(3))
        for sleeper in sleepers { try await sleeper.value }
    }
}
