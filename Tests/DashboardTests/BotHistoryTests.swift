import Foundation
import Testing

@testable import Dashboard

/// A bot's own pages, against the answers of the old backend.
@Suite struct BotHistoryTests {
    @Test(arguments: [
        "get_bots-1-signal-history", "get_bots-999-signal-history", "get_bots-2-confirmation-status",
        "get_bots-5-confirmation-status",
    ])
    func `histories and confirmations are those of the old backend`(_ name: String) async throws {
        let found = try await StatusBench().differences(name)
        #expect(found == [])
    }

    @Test func `evaluations of this program have signals of the same shape`() async throws {
        let bench = try await StatusBench()
        try await bench.loadMarket()
        try await bench.evaluate([5])
        let newest = try await bench.get("/bots/5/signal-history", query: ["limit": "1"])["signal_history"][0]
        #expect(newest["signal_scores"]["rsi"]["score"].asDouble != nil)
        #expect(newest["action"] == .text("sell") && newest["price"].asDouble == 0.25294612)
    }

    @Test(arguments: [("-1", 24), ("0", 0), ("7", 7), ("100000", 24)])
    func `a history has as many rows as it may`(_ limit: String, _ count: Int) async throws {
        let answer = try await StatusBench().get("/bots/1/signal-history", query: ["limit": limit])
        #expect(answer["signal_history"].elements.count == count && answer["total_entries"] == .integer(count))
    }

    @Test func `a confirmation that is over says so`() async throws {
        let bench = try await StatusBench(later: 3_600)
        let status = try await bench.get("/bots/2/confirmation-status")["confirmation_status"]
        #expect(status["status"] == .text("confirmed") && status["is_confirmed"] == .flag(true))
        #expect(status["time_remaining_minutes"].asDouble == 0)
    }
}
