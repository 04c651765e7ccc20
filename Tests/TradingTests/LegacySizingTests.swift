import Testing

@testable import Trading

@Suite struct LegacySizingTests {
    @Test func `multipliers and sizes are those of the old system`() throws {
        let golden = try DashboardGolden.load()
        #expect(golden.position_sizing_cases.count == 100)
        for item in golden.position_sizing_cases {
            // Windows without any movement are left out, and none is left.
            let volatility = item.volatility > 0 ? item.volatility : LegacySizing.volatility(of: [TrendWindow.none])
            let factors = LegacySizing.Factors(
                regime: TrendRegime(rawValue: item.regime), volatility: volatility, confidence: item.signal_confidence)
            let expected = item.breakdown
            let name = "\(item.regime) \(item.volatility) \(item.signal_confidence)"
            #expect(factors.regime == expected.regime_multiplier, "\(name)")
            #expect(factors.volatility == expected.volatility_multiplier, "\(name)")
            #expect(factors.confidence == expected.confidence_multiplier, "\(name)")
            #expect(DashboardGolden.near(factors.product, expected.raw_multiplier), "\(name)")
            #expect((factors.product != factors.bounded) == expected.applied_risk_controls, "\(name)")
            #expect(DashboardGolden.near(factors.bounded, item.total_multiplier), "\(name)")
            let size = (item.base * factors.bounded).rounded(decimals: 2)
            #expect(DashboardGolden.near(size, item.final_position_size), "\(name)")
        }
    }

    @Test func `the reasons name size, regime, confidence and volatility`() {
        let window = TrendWindow(closes: [100, 101, 100])
        let trend = TrendAnalysis(
            strength: -0.0522, confidence: 0.8, regime: .choppy, alignment: .bearish, isVolumeConfirmed: true,
            short: window, medium: window, long: window)
        let sizing = LegacySizing(base: 20, trend: trend, confidence: 0.3)
        #expect(sizing.finalSize == 6 && sizing.totalMultiplier == 0.3 && sizing.trendStrength == 0.0522)
        #expect(
            sizing.rationale
                == "Reduced position to $6.00 due to choppy market regime with high confidence (80.0%) and high "
                + "volatility (140.7%)")
    }

    @Test func `fewer than three moving windows count alike`() {
        let (moving, flat) = (TrendWindow(closes: [100, 101, 100]), TrendWindow(closes: [5, 5, 5]))
        #expect(LegacySizing.volatility(of: [moving, flat, flat]) == moving.volatility)
        #expect(LegacySizing.volatility(of: [flat, flat, flat]) == 1)
    }
}
