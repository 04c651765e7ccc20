import Exchange
import Foundation
import Ledger
import Testing
import Trading

@testable import Dashboard

/// What the pages show of bots that the recorded database has none of: pauses, pairs without a market, stopped bots.
@Suite struct UnusualBotTests {
    private func row(_ id: Int, of bench: StatusBench) async throws -> JSONValue {
        try #require(try await bench.get("/bots/status/enhanced").elements.first { $0["id"] == .integer(id) })
    }

    private func isNear(_ value: JSONValue, _ expected: Double) -> Bool {
        value.asDouble.map { abs($0 - expected) <= 1e-9 } ?? false
    }

    /// - Parameter history: the action of the bot's newest row; nil for no row within the window.
    private func confirmation(after history: String?) async throws -> JSONValue {
        let row = history.map {
            """
            INSERT INTO bot_signal_history (bot_id, timestamp, combined_score, action, confidence)
            VALUES (5, '2025-10-04 11:59:00.000000', 0.3, '\($0)', 0.5);
            """
        }
        let bench = try await StatusBench(
            changedBy: """
                DELETE FROM bot_signal_history WHERE bot_id = 5;
                UPDATE bots SET confirmation_minutes = 3, signal_confirmation_start = '2025-10-04 11:58:30.000000'
                    WHERE id = 5;
                """ + (row ?? ""))
        try await bench.loadMarket()
        try await bench.evaluate([5])
        return try await self.row(5, of: bench)["confirmation"]
    }

    @Test(arguments: [nil, "sell"] as [String?])
    func `a confirmation goes on after the same action and across a pause`(_ history: String?) async throws {
        let shown = try await confirmation(after: history)
        #expect(shown["action"] == .text("sell") && isNear(shown["progress"], 0.5))
        #expect(shown["time_remaining_seconds"] == .integer(90))
    }

    @Test func `another action restarts a confirmation`() async throws {
        for action in ["buy", "hold"] {
            let shown = try await confirmation(after: action)
            #expect(isNear(shown["progress"], 0) && shown["time_remaining_seconds"] == .integer(180))
        }
    }

    @Test func `a pair without candles scores 0 at once, with the trend of an unknown pair`() async throws {
        let bench = try await StatusBench(
            changedBy: """
                UPDATE bots SET pair = 'JUP-USD', use_trend_detection = 1, current_combined_score = 0.5 WHERE id = 20;
                """)
        try await bench.loadMarket()
        try await bench.evaluate([20])
        let shown = try await row(20, of: bench)
        #expect(isNear(shown["current_combined_score"], 0) && shown["temperature"] == .text("FROZEN"))
        #expect(shown["status"] == .text("RUNNING") && isNear(shown["trading_intent"]["confidence"], 0))
        #expect(shown["trading_intent"]["next_action"] == .text("hold"))
        let unknown = try Golden("get_trends-NOPE-USD").body
        let comparison = GoldenComparison(allowed: ["$.product_id"])
        #expect(comparison.differences(expected: unknown, actual: shown["trend_analysis"]) == [])
    }

    @Test func `a pair with candles alone is scored by them`() async throws {
        let market = try MarketBench.market()
        let pair = try ProductID("AAVE-USD")
        let bench = try await StatusBench()
        try await bench.loadMarket(
            MarketFile(
                tickers: market.tickers.filter { $0.key != pair }, accounts: market.accounts, candles: market.candles,
                products: market.products.filter { $0.id != pair }))
        try await bench.evaluate([20])
        let shown = try await row(20, of: bench)
        #expect(shown["status"] == .text("RUNNING") && isNear(shown["current_combined_score"], -0.4814839561727425))
        #expect(shown["trading_intent"]["next_action"] == .text("buy"))
    }

    @Test(arguments: ["STOPPED", "ERROR"])
    func `a bot that does not run has trend and size of its pair, and nothing else is written`(
        _ status: String
    ) async throws {
        let bench = try await StatusBench(changedBy: "UPDATE bots SET status = '\(status)' WHERE id = 8;")
        try await bench.loadMarket()
        #expect(try await row(8, of: bench)["position_sizing"] == .null)
        let before = try TableRows(of: bench.file)
        try await bench.evaluate([8])
        #expect(before.changes(to: try TableRows(of: bench.file)).isEmpty)
        #expect(try await bench.ledger.botStatuses().first { $0.bot.id == 8 }?.evaluation == nil)
        #expect(try await bench.differences("get_trends-XTZ-USD") == [])
        let shown = try await row(8, of: bench)
        #expect(shown["status"] == .text(status) && shown["trading_intent"]["next_action"] == .text("hold"))
        let trend = try Golden("get_trends-XTZ-USD").body
        #expect(GoldenComparison().differences(expected: trend, actual: shown["trend_analysis"]) == [])
        #expect(isNear(shown["position_sizing"]["base_position_size"], 25))
        #expect(isNear(shown["position_sizing"]["multiplier_breakdown"]["confidence_multiplier"], 0.6))
    }

    @Test func `a bot that an evaluation puts into ERROR has the trend of its pair`() async throws {
        let bench = try await StatusBench(
            changedBy: """
                UPDATE bots SET signal_config = '{"rsi": {"enabled": true, "weight": 1, "period": 1}}' WHERE id = 8;
                """)
        try await bench.loadMarket()
        try await bench.evaluate([8])
        #expect(try await row(8, of: bench)["status"] == .text("ERROR"))
        #expect(try await bench.differences("get_trends-XTZ-USD") == [])
    }
}
