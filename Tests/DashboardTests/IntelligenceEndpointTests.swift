import Foundation
import Testing

@testable import Dashboard

@Suite struct IntelligenceEndpointTests {
    /// What the old backend made up.
    private static let invented = [
        "$.performance.evaluation_rate", "$.performance.overall_accuracy", "$.performance.*profit*",
        "$.performance.*_bots", "$.performance.loss_prevention_amount", "$.signal_types.*", "$.profit_leaders.*",
        "$.market_selection.*", "$.insights*", "$.market_regime.*",
    ]

    @Test(arguments: ["get_intelligence-comprehensive", "get_intelligence-analytics"])
    func `what the old backend had counted is as recorded`(_ name: String) async throws {
        #expect(try await DashboardBench().differences(name, allowing: Self.invented) == [])
    }

    @Test func `the status is as recorded`() async throws {
        #expect(try await DashboardBench().differences("get_intelligence-status") == [])
    }

    @Test func `every field of the recorded answer is there, with a value of its kind`() async throws {
        let recorded = try Golden("get_intelligence-comprehensive").body
        let answer = try await DashboardBench().json(.get, "/api/v1/intelligence/comprehensive")
        #expect(Self.missing(recorded, answer, at: "$") == [])
        let insights = answer["market_selection"]["insights"].elements
        #expect(insights.count == 3 && insights.allSatisfy { $0.string != nil })
    }

    @Test func `winners and losers come from fills, under the names that the page reads too`() async throws {
        let answer = try await DashboardBench().json(.get, "/api/v1/intelligence/comprehensive")
        let winner = answer["profit_leaders"]["top_winners"][0]
        #expect(winner["pair"] == .text("AVNT-USD"))
        // 166.66667 sold at 1.3 which had cost 0.9908 on average, less a loss of 0.37 before.
        #expect(abs((winner["profit"].asDouble ?? 0) - 51.17) < 0.01)
        #expect(winner["profitPerTrade"] == winner["profit_per_trade"] && winner["winRate"] == winner["win_rate"])
        #expect(winner["winRate"] == .number(0.5))
        let performance = answer["performance"]
        let bots = ["profitable_bots", "losing_bots", "neutral_bots"].compactMap { performance[$0].whole }
        #expect(bots.reduce(0, +) == 33)
        #expect(performance["evaluation_rate"] == .number(0.5) && performance["overall_accuracy"].asDouble == 1)
        #expect(answer["market_regime"]["current"] == .text("UNKNOWN"))
    }

    @Test func `the regime is that of the newest trend of the market`() async throws {
        let bench = try await DashboardBench()
        try bench.file.execute(
            """
            INSERT INTO trend_data (product_id, timestamp, trend_strength, confidence, regime) VALUES
            ('BTC-USD', '2025-10-04 11:00:00.000000', 0.5, 0.9, 'TRENDING'),
            ('BTC-USD', '2025-10-04 11:55:00.000000', -0.25, 'none', 'CHOPPY'),
            ('ETH-USD', '2025-10-04 11:58:00.000000', 0.9, 0.9, 'TRENDING');
            """)
        let regime = try await bench.json(.get, "/api/v1/intelligence/analytics")["market_regime"]
        #expect(
            regime == .object(["current": .text("CHOPPY"), "strength": .number(-0.25), "confidence": .integer(0)]))
    }

    @Test func `an empty database is answered with zeros`() async throws {
        let answer = try await DashboardBench(fixture: false).json(.get, "/api/v1/intelligence/comprehensive")
        #expect(answer["bots"]["total"] == .integer(0) && answer["performance"]["total_profit"].asDouble == 0)
        #expect(answer["market_selection"]["insights"].elements.count == 3)
        #expect(answer["profit_leaders"]["top_winners"] == .list([]))
    }

    @Test func `predictions with nonsense are counted, and blank nothing`() async throws {
        let bench = try await DashboardBench(
            changedBy: """
                INSERT INTO signal_predictions (timestamp, pair, signal_type, outcome, confidence) VALUES
                ('never', NULL, x'00', 'perhaps', 'x'), (NULL, 'BTC-USD', 'RSI', 7, NULL);
                UPDATE bots SET pair = NULL WHERE id = 1;
                """)
        let answer = try await bench.json(.get, "/api/v1/intelligence/comprehensive")
        #expect(answer["performance"]["total_predictions"] == .integer(42))
    }

    private static func missing(_ recorded: JSONValue, _ answer: JSONValue, at path: String) -> [String] {
        switch (recorded, answer) {
        case (.object(let members), .object):
            members.keys.sorted().flatMap { missing(members[$0] ?? .null, answer[$0], at: "\(path).\($0)") }
        case (.list, .list), (.text, .text), (.flag, .flag): []
        default: recorded.asDouble != nil && answer.asDouble != nil ? [] : [path]
        }
    }
}
