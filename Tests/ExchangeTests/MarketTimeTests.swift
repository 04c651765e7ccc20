import Exchange
import Testing

@Suite struct MarketTimeTests {
    @Test func `the shift keeps every candle on the grid and real time rises steadily`() throws {
        let time = try MarketTime(repeating: Fixture.market())
        #expect(time.cycleSeconds == 4 * 86_400 && time.origin == 1_760_486_400)
        let wrap = (1_900_000_000 / time.cycleSeconds + 1) * time.cycleSeconds
        for real in [0, 1_763_000_123, wrap - 1, wrap, wrap + 1, wrap + 30] {
            #expect(time.shift(at: real) % 3600 == 0)
            #expect((time.origin..<time.origin + time.cycleSeconds).contains(time.market(at: real)))
            // Served times are market time plus shift: real time again, so they never step back, not even at the wrap.
            #expect(time.market(at: real) + time.shift(at: real) == real)
        }
        #expect(time.market(at: wrap - 1) == time.origin + time.cycleSeconds - 1)
        #expect(time.market(at: wrap) == time.origin)
    }

    @Test func `there are 300 hours and a day of five minutes before each cycle`() throws {
        let market = try Fixture.market()
        let time = try MarketTime(repeating: market)
        #expect(try market.fiveMinuteSpan().lowerBound <= time.origin - 86_400)
        #expect(try market.fiveMinuteSpan().upperBound == time.origin + time.cycleSeconds)
    }

    @Test func `a cycle that is no whole hour is refused`() {
        #expect(throws: ExchangeError.self) { try MarketTime(origin: 0, cycleSeconds: 1800) }
        #expect(throws: ExchangeError.self) { try MarketTime(origin: 60, cycleSeconds: 3600) }
        #expect(throws: ExchangeError.self) { try MarketTime(origin: 0, cycleSeconds: 0) }
    }

    @Test func `unshifted time is real time`() {
        #expect(MarketTime.unshifted.market(at: 1_760_500_000) == 1_760_500_000)
    }
}
