import Testing
import Trading

@Suite struct IndicatorsTests {
    @Test(arguments: Fixture.seriesNames)
    func `every indicator agrees with TA-Lib`(name: String) throws {
        let golden = try Fixture.indicated(name)
        let history = PriceHistory(golden.input.candles)
        let closes = history.closes
        let macd = Indicators.macd(closes, fast: 12, slow: 26, signal: 9)
        let movement = Indicators.directionalMovement(history, period: 14)
        let computed: [String: [Double]] = [
            "rsi14": Indicators.rsi(closes, period: 14), "rsi7": Indicators.rsi(closes, period: 7),
            "sma10": Indicators.sma(closes, period: 10), "sma20": Indicators.sma(closes, period: 20),
            "ema12": Indicators.ema(closes, period: 12), "ema26": Indicators.ema(closes, period: 26),
            "macd": macd.line, "macd_signal": macd.signal, "macd_hist": macd.histogram,
            "atr14": Indicators.atr(history, period: 14), "adx14": movement.adx, "plus_di14": movement.plus,
            "minus_di14": movement.minus, "er20": Indicators.efficiencyRatio(closes, period: 20),
            "rv24": Indicators.realisedVolatility(closes, period: 24),
        ]
        #expect(Set(computed.keys) == Set(golden.output.keys))
        for (indicator, expected) in golden.output {
            let values = try #require(computed[indicator])
            #expect(values.count == expected.count)
            for (index, pair) in zip(values, expected).enumerated() where !Self.agree(pair.0, pair.1) {
                Issue.record("\(name) \(indicator)[\(index)]: \(pair.0), recorded \(String(describing: pair.1))")
            }
        }
    }

    /// Relative or absolute 1e-8, and null means undefined.
    static func agree(_ value: Double, _ expected: Double?) -> Bool {
        guard let expected else { return value.isNaN }
        return abs(value - expected) <= max(1e-8, 1e-8 * abs(expected))
    }

    @Test(arguments: [0, 1, 2, 13, 14, 15, 26, 34])
    func `short series give undefined values, never a trap`(count: Int) {
        let history = Fixture.history((0..<count).map { 100 + Double($0 % 3) })
        let closes = history.closes
        let movement = Indicators.directionalMovement(history, period: 14)
        let macd = Indicators.macd(closes, fast: 12, slow: 26, signal: 9)
        for values in [
            Indicators.sma(closes, period: 20), Indicators.ema(closes, period: 20), Indicators.rsi(closes, period: 14),
            Indicators.atr(history, period: 14), movement.plus, movement.adx, macd.line, macd.signal,
            Indicators.efficiencyRatio(closes, period: 20), Indicators.realisedVolatility(closes, period: 24),
        ] {
            #expect(values.count == count)
        }
        #expect(movement.adx.allSatisfy(\.isNaN) == (count < 28))
        #expect(macd.line.allSatisfy(\.isNaN) == (count < 34))
    }

    @Test(arguments: [-5, 0, 1])
    func `odd periods do not trap`(period: Int) {
        let history = Fixture.history([1, 2, 3, 2, 1])
        #expect(Indicators.sma(history.closes, period: period).count == 5)
        #expect(Indicators.ema(history.closes, period: period).count == 5)
        #expect(Indicators.rsi(history.closes, period: period).count == 5)
        #expect(Indicators.atr(history, period: period).count == 5)
        #expect(Indicators.directionalMovement(history, period: period).adx.count == 5)
        #expect(Indicators.efficiencyRatio(history.closes, period: period).count == 5)
        #expect(Indicators.realisedVolatility(history.closes, period: period).count == 5)
        #expect(Indicators.macd(history.closes, fast: period, slow: 3, signal: period).line.count == 5)
    }

    @Test func `indicators stay inside their ranges on seeded walks`() {
        var random = Seeded(11)
        for _ in 0..<50 {
            var price = Double.random(in: 0.00001...100_000, using: &random)
            let history = Fixture.history(
                (0..<120).map { _ in
                    price *= Double.random(in: 0.9...1.1, using: &random)
                    return price
                })
            let movement = Indicators.directionalMovement(history, period: 14)
            let bounded = [Indicators.rsi(history.closes, period: 14), movement.plus, movement.minus, movement.adx]
            for value in bounded.joined() where !value.isNaN { #expect((-1e-9...100.000001).contains(value)) }
            for ratio in Indicators.efficiencyRatio(history.closes, period: 20) where !ratio.isNaN {
                #expect((0...1.0000001).contains(ratio))
            }
        }
    }
}
