import Foundation
import Testing

@testable import Dashboard
@testable import Ledger

/// The recorded database with other ids, names, settings, nulls and states, against values that a helper of the tests
/// computes from the description of the semantics.
@Suite(.serialized) struct VariedFixtureTests {
    /// Bot by its old number: every kind of configuration, on pairs of the market.
    private static let bots: [Int: SignalsOracle.Bot] = [
        1: .init(rsi: (0.6, 9, 25, 75), macd: (0.4, 8, 21, 5)),
        2: .init(average: (1, 5, 30), followsTrend: true, size: 40),
        3: .init(rsi: (0.2, 14, 30, 70), average: (0.2, 12, 26), macd: (0.1, 12, 26, 9), size: 75),
        5: .init(macd: (0.9, 12, 26, 9), buy: -0.3, sell: 0.3),
        10: .init(rsi: (0.5, 21, 40, 60), average: (0.5, 3, 10), buy: -0.01, sell: 0.01, followsTrend: true),
        14: .init(rsi: (1, 30, 45, 55), size: 33.33),
        17: .init(average: (0.3, 20, 50), macd: (0.7, 5, 35, 5), followsTrend: true, size: 12.5),
        22: .init(rsi: (0.4, 14, 30, 70), average: (0.35, 10, 20), macd: (0.25, 12, 26, 9)),
    ]

    private static func config(_ bot: SignalsOracle.Bot) -> String {
        var parts: [String] = []
        if let rsi = bot.rsi {
            parts.append(
                #""RSI": {"enabled": true, "weight": \#(rsi.weight), "period": \#(rsi.period), "#
                    + #""buy_threshold": \#(rsi.low), "sell_threshold": \#(rsi.high)}"#)
        }
        if let average = bot.average {
            parts.append(
                #""moving_average": {"enabled": true, "weight": \#(average.weight), "fast_period": \#(average.fast), "#
                    + #""slow_period": \#(average.slow)}"#)
        }
        if let macd = bot.macd {
            parts.append(
                #""macd": {"enabled": true, "weight": \#(macd.weight), "fast_period": \#(macd.fast), "#
                    + #""slow_period": \#(macd.slow), "signal_period": \#(macd.signal)}"#)
        }
        parts.append(#""trading_thresholds": {"buy_threshold": \#(bot.buy), "sell_threshold": \#(bot.sell)}"#)
        parts.append(#""unknown": {"enabled": true, "weight": 5}"#)
        return "{" + parts.joined(separator: ", ") + "}"
    }

    /// Other ids and names, no past, nulls where the old application allows them, and some bots stopped.
    private static var changes: String {
        var sql = """
            DELETE FROM trades;
            DELETE FROM bot_signal_history;
            UPDATE bots SET id = id + 5000, name = '<b>"' || name || '" 😀</b>', description = NULL,
                confirmation_minutes = NULL, cooldown_minutes = NULL, trade_step_pct = NULL,
                signal_confirmation_start = NULL;
            UPDATE bots SET status = 'STOPPED' WHERE id % 7 = 0;

            """
        for (id, bot) in bots.sorted(by: { $0.key < $1.key }) {
            let size = bot.size.map { "\($0)" } ?? "NULL"
            sql += """
                UPDATE bots SET status = 'RUNNING', signal_config = '\(config(bot))',
                    use_trend_detection = \(bot.followsTrend ? 1 : 0),
                    use_position_sizing = \(bot.size == nil ? 0 : 1), position_size_usd = \(size)
                    WHERE id = \(id + 5_000);

                """
        }
        return sql
    }

    private func near(_ value: JSONValue, _ expected: Double) -> Bool {
        value.asDouble.map { abs($0 - expected) <= 1e-9 * max(1, abs(expected)) } ?? false
    }

    @Test func `other ids, names, settings, nulls and states are shown as the description says`() async throws {
        let oracle = try SignalsOracle()
        let bench = try await StatusBench.evaluated(changedBy: Self.changes)
        let rows = try await bench.get("/bots/status/enhanced").elements
        #expect(rows.count == 39)
        #expect(rows.allSatisfy { $0["name"].string?.hasPrefix(#"<b>""#) ?? false })
        for (id, bot) in Self.bots {
            let row = try #require(rows.first { $0["id"] == .integer(id + 5_000) })
            let pair = try #require(row["pair"].string)
            let trend = oracle.trend(pair)
            let (score, confidence) = oracle.opinion(pair, bot)
            let action = oracle.action(score, confidence, bot, trend)
            #expect(near(row["current_combined_score"], score), "\(pair) \(score): \(row)")
            let bands: [(Double, String)] = [(0.08, "HOT"), (0.03, "WARM"), (0.005, "COOL")]
            let temperature = bands.first { abs(score) >= $0.0 }?.1 ?? "FROZEN"
            #expect(row["temperature"].string == temperature)
            #expect(near(row["distance_to_signal"], score == 0 ? 1 : abs(score) / 0.3))
            #expect(row["trading_intent"]["next_action"].string == action, "\(pair) \(score) \(confidence)")
            #expect(near(row["trading_intent"]["confidence"], confidence), "\(pair)")
            #expect(near(row["trading_intent"]["distance_to_threshold"], max(0, 0.08 - abs(score))))
            #expect(near(row["trading_intent"]["signal_strength"], min(1, abs(score) / 0.3)))
            #expect(row["confirmation"]["required_duration_minutes"] == .integer(5))
            #expect(near(row["confirmation"]["progress"], 0))
            #expect(row["last_trade"] == .null)
            if bot.followsTrend {
                #expect(near(row["trend_analysis"]["trend_strength"], trend.strength), "\(pair)")
                #expect(near(row["trend_analysis"]["confidence"], trend.confidence), "\(pair)")
                #expect(row["trend_analysis"]["regime"].string == trend.regime)
            }
            if let size = bot.size, action != "hold" {
                let expected = oracle.size(size, confidence, trend)
                #expect(near(row["position_sizing"]["final_position_size"], expected), "\(pair) \(expected)")
            }
        }
        // A stopped bot shows its stored score, and holds.
        for row in rows where row["status"].string == "STOPPED" {
            #expect(row["trading_intent"]["next_action"].string == "hold", "\(row)")
        }
    }
}
