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
}
