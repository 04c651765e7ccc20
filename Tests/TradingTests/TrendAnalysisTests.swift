import Testing

@testable import Trading

@Suite struct TrendAnalysisTests {
    private func candles(_ rows: [[Double]]) -> [Candle] {
        rows.enumerated().map { index, row in
            Candle(start: index, open: row[0], high: row[0], low: row[0], close: row[0], volume: row[1])
        }
    }

    @Test func `trends are those of the old pages`() throws {
        let golden = try DashboardGolden.load()
        #expect(golden.trend_cases.count == 6)
        for item in golden.trend_cases {
            let input = item.input_close_volume_oldest_first
            let trend = TrendAnalysis(
                fiveMinutes: candles(input.short_term_5min_12), hours: candles(input.hourly_50),
                days: candles(input.long_term_daily_7))
            let expected = item.result
            #expect(DashboardGolden.near(trend.strength, expected.trend_strength), "\(item.product_id)")
            #expect(DashboardGolden.near(trend.confidence, expected.confidence), "\(item.product_id)")
            #expect(trend.regime.rawValue == expected.regime, "\(item.product_id)")
            #expect(trend.alignment.rawValue == expected.moving_average_alignment, "\(item.product_id)")
            #expect(trend.isVolumeConfirmed == expected.volume_confirmation, "\(item.product_id)")
            let windows = ["short_term": trend.short, "medium_term": trend.medium, "long_term": trend.long]
            for (name, window) in windows {
                let wanted = try #require(expected.timeframe_analysis[name])
                #expect(DashboardGolden.near(window.momentum, wanted.momentum), "\(item.product_id) \(name)")
                #expect(DashboardGolden.near(window.priceChangePct, wanted.price_change_pct), "\(item.product_id)")
                #expect(DashboardGolden.near(window.volatility, wanted.volatility), "\(item.product_id) \(name)")
                #expect(window.dataPoints == wanted.data_points, "\(item.product_id) \(name)")
            }
        }
    }

    @Test func `without candles the trend is flat`() {
        let trend = TrendAnalysis.unknown
        #expect(trend.strength == 0 && trend.confidence == 0.55 && trend.regime == .choppy)
        #expect(trend.alignment == .neutral && !trend.isVolumeConfirmed && trend.short == TrendWindow.none)
    }

    @Test func `a window of two candles is left out, and the others share its weight`() {
        let rising = candles((0..<24).map { [100 + Double($0), 1] })
        let trend = TrendAnalysis(fiveMinutes: Array(rising.prefix(2)), hours: rising, days: [])
        #expect(trend.short == TrendWindow.none && trend.long == TrendWindow.none)
        #expect(trend.strength == trend.medium.momentum && trend.medium.dataPoints == 24)
    }

    @Test func `prices that no market has make no numbers that cannot be stored`() {
        let trend = TrendAnalysis(fiveMinutes: candles([[1e-308, 1], [1, 1], [1e308, 1]]), hours: [], days: [])
        #expect(trend.short == TrendWindow.none && trend.strength == 0)
    }

    @Test(arguments: [(0.4, TrendRegime.strongTrending), (0.399, .trending), (0.15, .trending), (0.149, .choppy)])
    func `regimes begin at their bounds`(_ conviction: Double, _ regime: TrendRegime) {
        #expect(TrendRegime(conviction: conviction) == regime)
    }
}
