import Testing
import Trading

@Suite struct DecisionTests {
    static func decide(_ score: Double?, weight: Double = 1, isStale: Bool = false) -> Decision {
        let blend = SignalBlend(v2: [SignalScore(.rsi, weight: weight, score: score)])
        return Decision(blend, buyThreshold: -0.05, sellThreshold: 0.05, isStale: isStale)
    }

    @Test(
        arguments: [
            (-1, .buy), (-0.05, .buy), (-0.0499, .hold), (0, .hold), (0.0499, .hold), (0.05, .sell), (1, .sell),
        ] as [(Double, Action)])
    func `a negative score buys and reaching a threshold acts`(score: Double, action: Action) {
        #expect(Self.decide(score).action == action)
        #expect(Self.decide(score).reason == (action == .hold ? .betweenThresholds : .threshold))
    }

    @Test func `every doubt is a hold with its reason`() {
        #expect(Self.decide(-1, isStale: true).reason == .stale)
        #expect(Self.decide(-1, weight: 0).reason == .noWeight)
        #expect(Self.decide(nil).reason == .lowCoverage)
        #expect(Self.decide(.nan).reason == .notFinite)
        #expect(Self.decide(-.infinity).reason == .notFinite)
        #expect(Self.decide(-1, weight: .infinity).reason == .notFinite)
        for decision in [Self.decide(-1, isStale: true), Self.decide(nil), Self.decide(.nan)] {
            #expect(decision.action == .hold && decision.score.isFinite && decision.coverage.isFinite)
        }
    }

    @Test func `coverage of one half acts, less holds`() {
        func decide(_ present: Double) -> Decision {
            let blend = SignalBlend(v2: [
                SignalScore(.rsi, weight: present, score: -1), SignalScore(.macd, weight: 1 - present, score: nil),
            ])
            return Decision(blend, buyThreshold: -0.05, sellThreshold: 0.05, isStale: false)
        }
        #expect(decide(0.5).action == .buy)
        #expect(decide(0.4).reason == .lowCoverage)
    }

    @Test func `thresholds that are no numbers hold`() {
        let blend = SignalBlend(v2: [SignalScore(.rsi, weight: 1, score: -1)])
        #expect(Decision(blend, buyThreshold: .nan, sellThreshold: 1, isStale: false).action == .hold)
        #expect(Decision(blend, buyThreshold: .infinity, sellThreshold: 1, isStale: false).action == .hold)
    }

    @Test func `legacy holds below a confidence of 0.2`() {
        func decide(_ confidence: Double) -> Decision {
            let blend = SignalBlend(legacy: [SignalScore(.rsi, weight: 1, score: -1, confidence: confidence)])
            return Decision(blend, buyThreshold: -0.05, sellThreshold: 0.05, isStale: false)
        }
        #expect(decide(0.2).action == .buy)
        #expect(decide(0.19).reason == .lowConfidence)
    }
}
