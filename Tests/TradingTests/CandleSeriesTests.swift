import Foundation
import Testing
import Trading

@Suite struct CandleSeriesTests {
    static let first = 1_699_999_200
    static func time(_ slots: Int, _ seconds: Int = 0) -> Date {
        Date(timeIntervalSince1970: Double(first + slots * 3600 + seconds))
    }
    static func series(_ candles: [Candle], at date: Date, limit: Int = 300) -> CandleSeries {
        CandleSeries(candles, granularity: .oneHour, receivedAt: date, now: date, limit: limit)
    }

    @Test func `the golden gaps are filled with the close before them`() throws {
        let golden = try Fixture.indicated("gap")
        let missing = Set(try #require(golden.missing))
        let raw = golden.input.candles.filter { !missing.contains($0.start) }
        let end = Date(timeIntervalSince1970: Double(golden.input.start[299] + 3600))
        let series = Self.series(raw.reversed(), at: end)
        #expect(series.candles == golden.input.candles)
        #expect(series.filled == 8 && series.rejected == 0 && !series.isStale)
    }

    @Test func `bad candles are refused and count as missing`() {
        var candles = Fixture.candles([10, 11, 12, 13, 14, 15, 16, 17])
        candles[1].close = .nan
        candles[2].low = 0
        candles[3].high = 12.9
        candles[4].low = 14.1
        candles[5].volume = -1
        candles[6].start += 1
        let series = Self.series(candles, at: Self.time(8))
        #expect(series.rejected == 6 && series.filled == 6)
        #expect(series.candles.map(\.close) == [10, 10, 10, 10, 10, 10, 10, 17])
        #expect(series.candles.map(\.volume) == [1, 0, 0, 0, 0, 0, 0, 1])
        #expect(series.isThin)
    }

    @Test func `of two candles with one start the last received counts`() {
        var candles = Fixture.candles([10, 11])
        candles.append(contentsOf: Fixture.candles([20], first: Self.first))
        #expect(Self.series(candles, at: Self.time(2)).candles.map(\.close) == [20, 11])
    }

    @Test func `the candle that was still forming when received is dropped, even if it is over now`() {
        let candles = Fixture.candles([10, 11, 12])
        #expect(Self.series(candles, at: Self.time(3, -1)).candles.count == 2)
        #expect(Self.series(candles, at: Self.time(3)).candles.count == 3)
        let later = CandleSeries(candles, granularity: .oneHour, receivedAt: Self.time(2, 10), now: Self.time(3, 10))
        #expect(later.candles.map(\.close) == [10, 11])
    }

    @Test func `slots without trades up to the answer are filled`() {
        let series = Self.series(Fixture.candles([10, 11]), at: Self.time(4, 30))
        #expect(series.candles.map(\.close) == [10, 11, 11, 11] && series.filled == 2 && !series.isStale)
    }

    @Test func `a series goes stale two slots and a minute after its newest real candle`() {
        let candles = Fixture.candles([10, 11])
        #expect(!Self.series(candles, at: Self.time(4, 60)).isStale)
        #expect(Self.series(candles, at: Self.time(4, 61)).isStale)
        #expect(Self.series([], at: Self.time(0)).isStale)
        let broken = Date(timeIntervalSince1970: .nan)
        #expect(CandleSeries(candles, granularity: .oneHour, receivedAt: Self.time(2), now: broken).isStale)
        #expect(Self.series(candles, at: broken).candles.isEmpty)
    }

    @Test func `thin begins above a tenth of the newest hundred slots`() {
        let candles = Fixture.candles(Array(repeating: 10, count: 200))
        let holes = candles.enumerated().filter { $0.offset < 100 || $0.offset % 10 != 5 }.map(\.element)
        #expect(!Self.series(holes, at: Self.time(200)).isThin)
        #expect(Self.series(holes.filter { $0.start != candles[197].start }, at: Self.time(200)).isThin)
        let early = candles.enumerated().filter { $0.offset >= 100 || $0.offset % 2 == 0 }.map(\.element)
        #expect(!Self.series(early, at: Self.time(200)).isThin)
    }

    @Test func `only the newest slots are kept, and what came before still fills them`() {
        let candles = Fixture.candles((0..<400).map { 10 + Double($0) })
        let series = Self.series(candles.filter { $0.start != candles[100].start }, at: Self.time(400))
        #expect(series.candles.count == 300 && series.candles.first?.close == 109)
        #expect(series.candles.first?.volume == 0)
    }

    @Test func `one ancient candle does not fill a million slots`() {
        let ancient = Candle(start: 0, open: 1, high: 1, low: 1, close: 1, volume: 0)
        let series = Self.series([ancient], at: Self.time(0), limit: .max)
        #expect(series.candles.count == 100_000 && series.isStale && series.isThin)
    }

    @Test func `any order of arrival gives the same series`() {
        var random = Seeded(3)
        var candles = Fixture.candles((0..<250).map { _ in Double.random(in: 1...2, using: &random) })
        candles.removeAll { _ in Int.random(in: 0..<8, using: &random) == 0 }
        let expected = Self.series(candles, at: Self.time(250))
        for _ in 0..<20 {
            #expect(Self.series(candles.shuffled(using: &random), at: Self.time(250)) == expected)
        }
    }
}
