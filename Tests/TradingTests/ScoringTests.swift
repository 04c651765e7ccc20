import Testing
import Trading

@Suite struct ScoringTests {
    struct Golden: Decodable {
        struct Evaluation: Decodable {
            struct Result: Decodable {
                var scores: [String: Double?]
                var combined: Double
                var coverage: Double?
                var confidence: Double?
                var action: String
            }
            var series: String
            var n_candles: Int
            var v2: Result
            var legacy: Result
        }
        struct Outputs: Decodable { var evaluations: [Evaluation] }
        var outputs: Outputs
    }

    static let config = SignalConfig(
        rsi: WeightedSignal(RSISignal(), weight: 0.4),
        movingAverage: WeightedSignal(MovingAverageSignal(), weight: 0.35),
        macd: WeightedSignal(MACDSignal(), weight: 0.25))

    static func decision(_ blend: SignalBlend) -> Decision {
        Decision(blend, buyThreshold: -0.05, sellThreshold: 0.05, isStale: false)
    }

    @Test(arguments: Scoring.allCases)
    func `scores, blend and action agree with the recorded evaluations`(scoring: Scoring) throws {
        let golden: Golden = try Fixture.load("signals")
        var histories: [String: [Candle]] = [:]
        for name in Fixture.seriesNames { histories[name] = try Fixture.indicated(name).input.candles }
        #expect(golden.outputs.evaluations.count == 132)
        for evaluation in golden.outputs.evaluations {
            let candles = try #require(histories[evaluation.series]).prefix(evaluation.n_candles)
            // The recorded legacy rows look at the whole history, not at the newest 100.
            let blend = scoring.blend(Self.config, on: PriceHistory(Array(candles)), window: 300)
            let expected = scoring == .v2 ? evaluation.v2 : evaluation.legacy
            let place = "\(scoring) \(evaluation.series) \(evaluation.n_candles)"
            for signal in blend.scores {
                let recorded = try #require(expected.scores[signal.name.rawValue])
                #expect(Self.near(signal.score, recorded), "\(place) \(signal)  \(String(describing: recorded))")
            }
            #expect(Self.near(blend.combined, expected.combined), "\(place) \(blend.combined) \(expected.combined)")
            #expect(Self.decision(blend).action.rawValue == expected.action, "\(place)")
            if scoring == .v2 { #expect(Self.near(blend.coverage, expected.coverage), "\(place)") }
            #expect(Self.near(blend.confidence, expected.confidence), "\(place)")
        }
    }

    static func near(_ value: Double?, _ expected: Double?) -> Bool {
        guard let value, let expected else { return value == nil && expected == nil }
        return abs(value - expected) <= 1e-7
    }

    @Test func `only the newest window counts`() {
        var random = Seeded(5)
        let closes = (0..<500).map { _ in Double.random(in: 90...110, using: &random) }
        for scoring in Scoring.allCases {
            let whole = scoring.blend(Self.config, on: Fixture.history(closes))
            let newest = scoring.blend(Self.config, on: Fixture.history(closes.suffix(scoring.window)))
            #expect(whole == newest)
        }
    }

    @Test func `a flat market scores zero`() {
        let blend = Scoring.v2.blend(Self.config, on: Fixture.history(Array(repeating: 1.2345, count: 300)))
        #expect(blend.combined == 0 && blend.coverage == 1)
        #expect(Self.decision(blend).action == .hold)
    }

    @Test func `scores stay within one and do not depend on the price level`() {
        var random = Seeded(99)
        for _ in 0..<40 {
            var price = 100.0
            let closes = (0..<300).map { _ in
                price *= Double.random(in: 0.95...1.05, using: &random)
                return price
            }
            let blend = Scoring.v2.blend(Self.config, on: Fixture.history(closes))
            let micro = Scoring.v2.blend(Self.config, on: Fixture.history(closes.map { $0 / 1_073_741_824 }))
            #expect(blend.scores.allSatisfy { abs($0.score ?? 9) <= 1 })
            #expect(abs(blend.combined) <= 1 && abs(blend.combined - micro.combined) < 1e-9)
        }
    }

    @Test func `a candle that is not a number gives no action`() {
        var closes = (0..<300).map { 100 + Double($0 % 7) }
        for bad in [Double.nan, .infinity, 0, -1] {
            closes[299] = bad
            let blend = Scoring.v2.blend(Self.config, on: Fixture.history(closes))
            if !bad.isFinite { #expect(Self.decision(blend).action == .hold, "\(bad)") }
            #expect(Self.decision(blend).score.isFinite)
        }
    }

    @Test func `one evaluation takes far less than a millisecond`() throws {
        let history = PriceHistory(try Fixture.indicated("noisy").input.candles)
        let took = ContinuousClock().measure {
            for _ in 0..<50 { _ = Scoring.v2.blend(Self.config, on: history) }
        }
        // Unoptimised code on a busy machine: quadratic work would still stand out.
        #expect(took / 50 < .milliseconds(20))
    }
}
