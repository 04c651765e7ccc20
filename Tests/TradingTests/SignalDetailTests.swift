import Testing

@testable import Trading

@Suite struct SignalDetailTests {
    private func config(_ item: DashboardGolden.SignalCase) -> SignalConfig {
        let set = item.parameters
        switch item.signal {
        case "RSI":
            return SignalConfig(
                rsi: WeightedSignal(
                    RSISignal(
                        period: set.period ?? 0, buyThreshold: set.oversold ?? 0, sellThreshold: set.overbought ?? 0),
                    weight: 1))
        case "MACD":
            return SignalConfig(
                macd: WeightedSignal(
                    MACDSignal(
                        fast: set.fast_period ?? 0, slow: set.slow_period ?? 0, signal: set.signal_period ?? 0),
                    weight: 1))
        default:
            return SignalConfig(
                movingAverage: WeightedSignal(
                    MovingAverageSignal(fast: set.fast_period ?? 0, slow: set.slow_period ?? 0), weight: 1))
        }
    }

    @Test func `each signal says what the old pages said, number by number`() throws {
        let golden = try DashboardGolden.load()
        #expect(golden.signal_cases.count == 108)
        for item in golden.signal_cases {
            let history = Fixture.history(try #require(golden.series[item.series]).closes)
            let config = config(item)
            let blend = Scoring.legacy.blend(config, on: history, window: history.count)
            let detail = try #require(Scoring.legacy.details(config, of: blend, on: history).first)
            let expected = item.result
            #expect(DashboardGolden.near(detail.score, expected.score), "\(item.id)")
            #expect(DashboardGolden.near(detail.confidence, expected.confidence), "\(item.id)")
            #expect(detail.action.rawValue.lowercased() == expected.action, "\(item.id)")
            if let problem = detail.problem {
                #expect(expected.metadata == ["error": .text(problem)], "\(item.id)")
                continue
            }
            #expect(Set(detail.readings.map(\.name)) == Set(expected.metadata.keys), "\(item.id)")
            for reading in detail.readings {
                guard case .number(let number) = expected.metadata[reading.name] else {
                    Issue.record("\(item.id): \(reading.name) is no number")
                    continue
                }
                #expect(DashboardGolden.near(reading.value, number), "\(item.id): \(reading.name)")
            }
        }
    }

    @Test func `blends, actions and temperatures are those of the old pages`() throws {
        let golden = try DashboardGolden.load()
        #expect(golden.aggregate_cases.count == 84)
        for item in golden.aggregate_cases {
            let history = Fixture.history(try #require(golden.series[item.series]).closes)
            let config = try SignalConfig(try #require(golden.configs[item.config]).value)
            let blend = Scoring.legacy.blend(config, on: history)
            let result = item.result
            #expect(DashboardGolden.near(blend.combined, result.overall_score), "\(item.id)")
            #expect(DashboardGolden.near(blend.confidence ?? -1, result.confidence), "\(item.id)")
            let decision = Decision(
                blend, buyThreshold: config.buyThreshold, sellThreshold: config.sellThreshold, isStale: false)
            #expect(decision.action.rawValue.lowercased() == result.action, "\(item.id)")
            #expect(Temperature(score: blend.combined).rawValue == result.temperature, "\(item.id)")
            // What the weights lack to 1 shrinks the score of the light path, which no page here takes.
            let weight = blend.scores.map(\.weight).reduce(0, +)
            #expect(DashboardGolden.near(blend.combined * weight / max(weight, 1), result.light.score), "\(item.id)")
            #expect(Temperature(score: result.light.score).rawValue == result.light.temperature, "\(item.id)")
            let unfiltered: Action =
                blend.combined <= config.buyThreshold
                ? .buy : (blend.combined >= config.sellThreshold ? .sell : .hold)
            #expect(unfiltered.rawValue.lowercased() == result.action_without_confidence_filter, "\(item.id)")
        }
    }

    @Test func `temperatures change at their bands`() throws {
        let golden = try DashboardGolden.load()
        #expect(golden.temperature_cases.count == 18)
        for item in golden.temperature_cases {
            #expect(Temperature(score: item.score).rawValue == item.temperature, "\(item.score)")
        }
        #expect(Temperature(score: .nan) == .frozen)
    }

    @Test func `the rules that trade say what they scored, and their settings`() throws {
        let config = SignalConfig(rsi: WeightedSignal(RSISignal(), weight: 1))
        let history = Fixture.history((0..<40).map { 100 + Double($0 % 7) })
        let blend = Scoring.v2.blend(config, on: history)
        let detail = try #require(Scoring.v2.details(config, of: blend, on: history).first)
        #expect(detail.score == blend.combined && detail.confidence == abs(blend.combined))
        #expect(detail.readings.map(\.name) == ["period", "oversold_threshold", "overbought_threshold"])
        let short = Fixture.history([1, 2])
        let nothing = Scoring.v2.details(config, of: Scoring.v2.blend(config, on: short), on: short)
        #expect(nothing.map(\.score) == [0] && nothing.map(\.action) == [.hold] && nothing[0].readings.isEmpty)
    }

    @Test func `distances are measured from the thresholds that the pages know`() {
        let none = SignalDistance(score: 0)
        #expect(none.toSignal == 1 && none.strength == 0 && none.toThreshold == 0.08)
        let far = SignalDistance(score: -0.6)
        #expect(far.toSignal == 2 && far.strength == 1 && far.toThreshold == 0)
    }
}
