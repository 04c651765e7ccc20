import Testing

@testable import Trading

@Suite struct LegacyScoringTests {
    struct Golden: Decodable {
        struct Series: Decodable { var closes: [Double] }
        struct Parameters: Decodable {
            var period, fast_period, slow_period, signal_period: Int?
            var oversold, overbought: Double?
        }
        struct Opinion: Decodable {
            var score: Double
            var confidence: Double
        }
        struct SignalCase: Decodable {
            var id, series, signal: String
            var parameters: Parameters
            var result: Opinion
        }
        struct Aggregate: Decodable {
            var overall_score: Double
            var confidence: Double
            var action: String
        }
        struct AggregateCase: Decodable {
            var id, series, config: String
            var result: Aggregate
        }
        var series: [String: Series]
        var signal_cases: [SignalCase]
        var aggregate_cases: [AggregateCase]
        var configs: [String: FixtureConfig]
    }

    static func near(_ value: Double, _ expected: Double) -> Bool {
        abs(value - expected) <= 1e-9 * max(1, abs(expected))
    }

    @Test func `single signals agree with the Python system`() throws {
        let golden: Golden = try Fixture.load("legacy")
        #expect(golden.signal_cases.count == 108)
        for item in golden.signal_cases {
            let closes = try #require(golden.series[item.series]).closes
            let set = item.parameters
            let opinion =
                switch item.signal {
                case "RSI":
                    LegacyScoring.opinion(
                        of: RSISignal(period: set.period!, buyThreshold: set.oversold!, sellThreshold: set.overbought!),
                        on: closes)
                case "MACD":
                    LegacyScoring.opinion(
                        of: MACDSignal(fast: set.fast_period!, slow: set.slow_period!, signal: set.signal_period!),
                        on: closes)
                default:
                    LegacyScoring.opinion(
                        of: MovingAverageSignal(fast: set.fast_period!, slow: set.slow_period!), on: closes)
                }
            #expect(Self.near(opinion.score, item.result.score), "\(item.id) \(opinion) \(item.result)")
            #expect(Self.near(opinion.confidence, item.result.confidence), "\(item.id) \(opinion) \(item.result)")
        }
    }

    @Test func `blends and actions agree with the Python system`() throws {
        let golden: Golden = try Fixture.load("legacy")
        #expect(golden.aggregate_cases.count == 84)
        for item in golden.aggregate_cases {
            let closes = try #require(golden.series[item.series]).closes
            let config = try SignalConfig(try #require(golden.configs[item.config]).value)
            let blend = Scoring.legacy.blend(config, on: Fixture.history(closes))
            let decision = Decision(
                blend, buyThreshold: config.buyThreshold, sellThreshold: config.sellThreshold, isStale: false)
            #expect(Self.near(blend.combined, item.result.overall_score), "\(item.id) \(blend)")
            #expect(Self.near(blend.confidence ?? -1, item.result.confidence), "\(item.id) \(blend)")
            #expect(decision.action.rawValue.lowercased() == item.result.action, "\(item.id)")
        }
    }
}
