import Testing

@testable import Trading

@Suite struct SignalConfigTests {
    struct Golden: Decodable {
        struct Dialect: Decodable {
            var name: String
            var config: FixtureConfig
        }
        struct Inputs: Decodable { var dialects: [Dialect] }
        struct Signal: Decodable {
            var enabled: Bool
            var weight, buy_threshold, sell_threshold: Double?
            var period, fast_period, slow_period, signal_period: Int?
        }
        struct Thresholds: Decodable {
            var buy: Double
            var sell: Double
        }
        struct Normalised: Decodable {
            var signals: [String: Signal]
            var thresholds: Thresholds
            var warnings: [String]
        }
        struct Outputs: Decodable { var normalised: [String: Normalised] }
        var inputs: Inputs
        var outputs: Outputs
    }

    @Test func `every dialect reads as recorded`() throws {
        let golden: Golden = try Fixture.load("signals")
        #expect(golden.inputs.dialects.count == 7)
        for dialect in golden.inputs.dialects {
            let expected = try #require(golden.outputs.normalised[dialect.name])
            let config = try SignalConfig(dialect.config.value)
            let (rsi, average, macd) = (config.rsi, config.movingAverage, config.macd)
            let signals = expected.signals
            #expect((rsi != nil) == signals["rsi"]?.enabled, "\(dialect.name)")
            #expect((average != nil) == signals["moving_average"]?.enabled, "\(dialect.name)")
            #expect((macd != nil) == signals["macd"]?.enabled, "\(dialect.name)")
            #expect(rsi?.weight == signals["rsi"]?.weight && rsi?.signal.period == signals["rsi"]?.period)
            #expect(rsi?.signal.buyThreshold == signals["rsi"]?.buy_threshold)
            #expect(rsi?.signal.sellThreshold == signals["rsi"]?.sell_threshold)
            #expect(average?.weight == signals["moving_average"]?.weight)
            #expect(average?.signal.fast == signals["moving_average"]?.fast_period)
            #expect(average?.signal.slow == signals["moving_average"]?.slow_period)
            #expect(macd?.weight == signals["macd"]?.weight && macd?.signal.fast == signals["macd"]?.fast_period)
            #expect(macd?.signal.slow == signals["macd"]?.slow_period)
            #expect(macd?.signal.signal == signals["macd"]?.signal_period)
            #expect(config.buyThreshold == expected.thresholds.buy && config.sellThreshold == expected.thresholds.sell)
            #expect(config.warnings == expected.warnings, "\(dialect.name)")
        }
    }

    @Test(arguments: [
        "null", "{}", #""{}""#, #"{"rsi":null,"MACD":{}}"#, #"{"rsi":{"weight":1}}"#, #"{"rsi":{"enabled":null}}"#,
    ])
    func `nothing enabled is no error`(json: String) throws {
        #expect(try SignalConfig(json: json) == SignalConfig())
    }

    @Test func `a JSON string that holds the object is read too`() throws {
        let config = try SignalConfig(json: #""{\"RSI\":{\"enabled\":true,\"weight\":0.4,\"oversold\":25}}""#)
        #expect(config.rsi == WeightedSignal(RSISignal(buyThreshold: 25), weight: 0.4))
    }

    @Test func `buy and sell thresholds win over oversold and overbought`() throws {
        let config = try SignalConfig(
            json: #"{"rsi":{"enabled":true,"buy_threshold":20,"oversold":25,"overbought":75,"sell_threshold":null}}"#)
        #expect(config.rsi?.signal == RSISignal(buyThreshold: 20, sellThreshold: 75))
        #expect(config.rsi?.weight == 0)
    }

    @Test func `a disabled first alias still hides the second`() throws {
        let config = try SignalConfig(json: #"{"macd":{"enabled":false},"MACD":{"enabled":true,"weight":1}}"#)
        #expect(config.macd == nil && config.warnings == ["duplicate signal: MACD"])
    }

    @Test func `an exponential average is an option`() throws {
        let config = try SignalConfig(json: #"{"ma":{"enabled":true,"weight":1,"ma_type":"EMA"}}"#)
        #expect(config.movingAverage?.signal.kind == .exponential)
    }

    @Test func `weights above one only warn`() throws {
        let config = try SignalConfig(
            json: #"{"rsi":{"enabled":true,"weight":0.9},"macd":{"enabled":true,"weight":0.6}}"#)
        #expect(config.warnings == ["enabled weights sum to 1.5, above 1"])
        #expect(config.rsi != nil && config.macd != nil)
    }

    @Test(arguments: [
        ("rsi.period", #"{"rsi":{"enabled":true,"period":1}}"#),
        ("rsi.period", #"{"rsi":{"enabled":true,"period":14.5}}"#),
        ("rsi.period", #"{"rsi":{"enabled":true,"period":1e300}}"#),
        ("rsi.period", #"{"rsi":{"enabled":true,"period":"14"}}"#),
        ("rsi.period", #"{"rsi":{"enabled":true,"period":true}}"#),
        ("rsi.period", #"{"rsi":{"enabled":true,"period":-9}}"#),
        ("rsi.weight", #"{"rsi":{"enabled":true,"weight":-0.1}}"#),
        ("rsi.weight", #"{"rsi":{"enabled":true,"weight":[1]}}"#),
        ("rsi.buy_threshold", #"{"rsi":{"enabled":true,"buy_threshold":70,"sell_threshold":30}}"#),
        ("rsi.buy_threshold", #"{"rsi":{"enabled":true,"buy_threshold":0}}"#),
        ("rsi.buy_threshold", #"{"rsi":{"enabled":true,"overbought":100}}"#),
        ("rsi.enabled", #"{"rsi":{"enabled":1}}"#), ("rsi.enabled", #"{"rsi":{"enabled":"yes"}}"#),
        ("RSI", #"{"RSI":5}"#),
        ("MA.fast_period", #"{"MA":{"enabled":true,"fast_period":20,"slow_period":20}}"#),
        ("ma.ma_type", #"{"ma":{"enabled":true,"ma_type":"hull"}}"#),
        ("macd.fast_period", #"{"macd":{"enabled":true,"fast_period":30}}"#),
        ("macd.signal_period", #"{"macd":{"enabled":true,"signal_period":1}}"#),
        ("trading_thresholds.buy_threshold", #"{"trading_thresholds":{"buy_threshold":0.1,"sell_threshold":-0.1}}"#),
        ("trading_thresholds.buy_threshold", #"{"trading_thresholds":{"buy_threshold":0.05}}"#),
        ("trading_thresholds", #"{"trading_thresholds":[]}"#), ("", "[]"), ("", "5"), ("", "true"), ("", ""), ("", "{"),
        ("", "{'rsi':1}"), ("", #""not json""#), ("", #"{"rsi":{"enabled":true,"weight":NaN}}"#),
        ("rsi.weight", #"{"rsi":{"enabled":true,"weight":1e999}}"#),
        ("", #"{"rsi":{"enabled":true,"weight":-Infinity}}"#), ("", #"{"rsi":{"enabled":true,}}"#), ("", "[1,]"),
        ("", #"{"rsi":{"enabled":true}} {}"#), ("", #"{"rsi":{"enabled":true} // no\n}"#), ("", "{rsi:1}"),
        ("", #"{"rsi":{"enabled":true,"weight":.5}}"#), ("", #"{"rsi":{"enabled":true,"weight":01}}"#),
        ("", #"{"rsi":{"enabled":true,"weight":+1}}"#), ("", #"{"rsi":{"enabled":true,"weight":1.}}"#),
        ("", #"{"rsi":{"enabled":True}}"#), ("", "\u{FEFF}{}"), ("", "{\"a\":\"\u{1}\"}"), ("", #"{"a":"\x"}"#),
    ])
    func `a bad configuration is refused by field`(field: String, json: String) {
        let error = #expect(throws: TradingError.self) { try SignalConfig(json: json) }
        guard case .signalConfigInvalid(let where_, _, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(where_ == field)
    }

    @Test func `of two members of one name the last counts, as in Python`() throws {
        let config = try SignalConfig(
            json: #"{"rsi":{"enabled":true,"weight":1},"rsi":{"enabled":false},"macd":{"weight":1,"weight":0.25,"#
                + #""enabled":false,"enabled":true},"trading_thresholds":{"buy_threshold":-0.9,"buy_threshold":-0.1}}"#)
        #expect(config.rsi == nil && config.macd?.weight == 0.25 && config.buyThreshold == -0.1)
        #expect(try SignalConfig(json: #"{"r\u0073i":{"enabled":true,"weight":1},"rsi":null}"#) == SignalConfig())
    }

    @Test func `what Python takes is taken`() throws {
        let json =
            " \t\r\n" + #"{"rsi" : {"enabled":true,"weight":1E-1,"period":1.4e1, "\ud800": "\u00e9\/" } }"# + "\n"
        #expect(try SignalConfig(json: json).rsi == WeightedSignal(RSISignal(period: 14), weight: 0.1))
        #expect(try SignalConfig(json: #"{"rsi":{"enabled":true,"period":-0.0,"period":14,"weight":0e5}}"#).rsi != nil)
    }

    @Test func `a refusal says what and where`() {
        let error = #expect(throws: TradingError.self) { try SignalConfig(json: #"{"rsi":{"enabled":true,}}"#) }
        #expect(error?.description.contains("a comma stands before '}', at byte 23") == true)
    }

    @Test func `deep and long texts are refused, not walked`() {
        let deep = String(repeating: "[", count: 30_000) + String(repeating: "]", count: 30_000)
        let nested = String(repeating: #"{"rsi":"#, count: 200) + "1" + String(repeating: "}", count: 200)
        let long = #"{"rsi":""# + String(repeating: "x", count: 70_000) + #""}"#
        for json in [deep, nested, long, String(repeating: "\u{0}", count: 10)] {
            #expect(throws: TradingError.self) { try SignalConfig(json: json) }
        }
    }

    @Test func `weights that overflow when added give HOLD`() throws {
        let config = try SignalConfig(
            json: #"{"rsi":{"enabled":true,"weight":1e308},"ma":{"enabled":true,"weight":1.7e308}}"#)
        let blend = Scoring.v2.blend(config, on: Fixture.history((0..<60).map { 200 - Double($0) }))
        let decision = Decision(blend, buyThreshold: -0.05, sellThreshold: 0.05, isStale: false)
        #expect(decision.action == .hold && decision.reason == .notFinite && decision.score == 0)
    }

    @Test func `mutilated configurations never trap`() throws {
        let whole = Array(#"{"rsi":{"enabled":true,"weight":0.4,"period":14},"MA":{"enabled":true,"weight":0.3}}"#.utf8)
        var random = Seeded(77)
        for _ in 0..<2000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 32...126, using: &random)
            }
            _ = try? SignalConfig(json: String(decoding: bytes, as: UTF8.self))
        }
    }
}
