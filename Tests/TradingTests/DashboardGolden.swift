@testable import Trading

/// What the old system's pages said of recorded candles: `signals-golden.json`.
struct DashboardGolden: Decodable {
    struct Series: Decodable { var closes: [Double] }

    struct SignalCase: Decodable {
        struct Parameters: Decodable {
            var period, fast_period, slow_period, signal_period: Int?
            var oversold, overbought: Double?
        }
        struct Opinion: Decodable {
            var score, confidence: Double
            var action: String
            var metadata: [String: Reading]
        }
        var id, series, signal: String
        var parameters: Parameters
        var result: Opinion
    }

    /// A number or a text.
    enum Reading: Decodable, Equatable {
        case number(Double)
        case text(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }

    struct AggregateCase: Decodable {
        struct Result: Decodable {
            struct Light: Decodable {
                var score, distance_to_action: Double
                var temperature: String
            }
            var overall_score, confidence: Double
            var action, action_without_confidence_filter, temperature: String
            var light: Light
        }
        var id, series, config: String
        var result: Result
    }

    struct TemperatureCase: Decodable {
        var score: Double
        var temperature: String
    }

    struct SizingCase: Decodable {
        struct Breakdown: Decodable {
            var regime_multiplier, volatility_multiplier, confidence_multiplier, raw_multiplier: Double
            var applied_risk_controls: Bool
        }
        var base, volatility, signal_confidence, total_multiplier, final_position_size: Double
        var regime: String
        var breakdown: Breakdown
    }

    struct TrendCase: Decodable {
        struct Input: Decodable {
            var short_term_5min_12, medium_term_1hour_24, long_term_daily_7, hourly_50: [[Double]]
        }
        struct Window: Decodable {
            var momentum, price_change_pct, volatility: Double
            var data_points: Int
        }
        struct Result: Decodable {
            var trend_strength, confidence: Double
            var regime, moving_average_alignment: String
            var volume_confirmation: Bool
            var timeframe_analysis: [String: Window]
        }
        var product_id: String
        var input_close_volume_oldest_first: Input
        var result: Result
    }

    var series: [String: Series]
    var configs: [String: FixtureConfig]
    var signal_cases: [SignalCase]
    var aggregate_cases: [AggregateCase]
    var temperature_cases: [TemperatureCase]
    var position_sizing_cases: [SizingCase]
    var trend_cases: [TrendCase]

    static func load() throws -> DashboardGolden { try Fixture.load("signals-golden") }

    static func near(_ value: Double, _ expected: Double) -> Bool {
        abs(value - expected) <= 1e-9 * max(1, abs(expected))
    }
}
