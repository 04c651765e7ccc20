import Testing
import Trading

@Suite struct SignalTests {
    @Test func `too few candles give no score, not zero`() {
        for (count, rsi, average, macd) in [
            (14, false, false, false), (15, true, false, false), (20, true, false, false),
            (21, true, true, false), (39, true, true, false), (40, true, true, true),
        ] {
            let history = Fixture.history((0..<count).map { 100 + Double($0 % 5) })
            #expect((RSISignal().score(history) != nil) == rsi)
            #expect((MovingAverageSignal().score(history) != nil) == average)
            #expect((MovingAverageSignal(kind: .exponential).score(history) != nil) == average)
            #expect((MACDSignal().score(history) != nil) == macd)
        }
    }

    @Test func `falling prices are a buy for RSI and a sell for the moving average`() throws {
        let falling = Fixture.history((0..<60).map { 200 - Double($0) })
        #expect(RSISignal().score(falling) == -1)
        let trend = try #require(MovingAverageSignal().score(falling))
        #expect(trend > 0.2)
        let rising = Fixture.history((0..<60).map { 100 + Double($0) })
        #expect(RSISignal().score(rising) == 1)
        #expect(try #require(MovingAverageSignal().score(rising)) < -0.2)
    }

    @Test func `a fresh cross scores 0.8 against it`() {
        let up = Fixture.history(Array(repeating: 100, count: 30) + [110])
        #expect(MovingAverageSignal().score(up) == -0.8)
        let down = Fixture.history(Array(repeating: 100, count: 30) + [90])
        #expect(MovingAverageSignal().score(down) == 0.8)
    }

    @Test func `rounding alone is no cross`() {
        let flat = Fixture.history(Array(repeating: 0.1, count: 30) + [Double(0.1).nextUp])
        #expect(abs(MovingAverageSignal().score(flat) ?? 1) < 1e-9)
    }

    @Test func `short MACD settings work before the range is known`() {
        let history = Fixture.history([1, 2, 3, 2, 3, 4, 5, 4, 5, 6])
        let score = MACDSignal(fast: 2, slow: 3, signal: 2).score(history) ?? 9
        #expect(abs(score) <= 0.7)
    }

    @Test func `the blend weighs present signals and reports how much is covered`() {
        let blend = SignalBlend(v2: [
            SignalScore(.rsi, weight: 0.4, score: -1), SignalScore(.movingAverage, weight: 0.2, score: 0.5),
            SignalScore(.macd, weight: 0.4, score: nil),
        ])
        #expect(abs(blend.combined + 0.5) < 1e-12 && abs(blend.coverage - 0.6) < 1e-12)
        #expect(SignalBlend(v2: []).combined == 0 && SignalBlend(v2: []).coverage == 0)
    }
}
