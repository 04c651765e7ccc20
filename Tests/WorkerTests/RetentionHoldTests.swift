import Testing

@testable import Worker

@Suite struct RetentionHoldTests {
    private static let hour: Int64 = 3_600_000

    @Test func `retention waits for an hour after the clock went forward, or until it is set back`() {
        var hold = RetentionHold()
        var elapsed = Duration.zero
        var now: Int64 = 1_000_000
        func pass(_ seconds: Int64, step: Int64 = 0) -> Int64? {
            elapsed += .seconds(seconds)
            now += seconds * 1_000 + step
            return hold.note(now, elapsed: elapsed)
        }
        #expect(pass(10) == nil && !hold.holds)
        #expect(pass(10, step: 9 * 60_000) == nil && !hold.holds)
        #expect(pass(10, step: 10 * 365 * 24 * Self.hour) == 10 * 365 * 24 * Self.hour)
        #expect(hold.holds)
        #expect(pass(3_590) == nil && hold.holds)
        #expect(pass(10) == nil && !hold.holds)
        #expect(pass(10, step: 2 * Self.hour) == 2 * Self.hour && hold.holds)
        #expect(pass(10, step: -2 * Self.hour) == nil && !hold.holds)
    }
}
