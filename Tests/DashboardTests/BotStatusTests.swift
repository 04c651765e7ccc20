import Foundation
import Ledger
import Redis
import Testing
import Trading

@testable import Dashboard

/// What the pages show of bots, against the answers of the old backend.
@Suite struct BotStatusTests {
    /// The settings that the old backend left out, so that saving the edit form overwrote them.
    private static let added = [
        "description", "signal_config", "max_positions", "stop_loss_pct", "take_profit_pct", "confirmation_minutes",
        "trade_step_pct", "cooldown_minutes", "skip_signals_on_low_balance",
    ]

    /// Values of what filled trades add up to. The old backend counted trades that moved nothing (1, 4, 18, 26 to 29),
    /// and took a buy in small letters for a sale (32).
    private static let positions: [Int: Double] = [
        1: (0.0001637831 + 0.00016423711 + 0.00016511603 - 0.0001656686) * 118_083.77,
        4: (6.9139388 + 6.8896319 + 6.8462315 - 6.7756464) * 2.9485264, 18: 0, 26: 0, 27: 0, 28: 0, 29: 0,
        32: (11.066401 + 11.082922) * 2.2461179,
    ]

    private func row(_ id: Int, of answer: JSONValue) throws -> JSONValue {
        try #require(answer.elements.first { $0["id"] == .integer(id) })
    }

    private func isNear(_ value: JSONValue, _ expected: Double) -> Bool {
        value.asDouble.map { abs($0 - expected) <= 1e-9 * max(1, abs(expected)) } ?? false
    }

    @Test(arguments: ["", "__cold", "__second-poll"])
    func `every bot is shown as the old backend showed it, but for what it got wrong`(_ look: String) async throws {
        let bench = try await StatusBench.evaluated()
        let expected = try Golden("get_bots-status-enhanced\(look)").body.elements
        let actual = try await bench.get("/bots/status/enhanced").elements
        #expect(actual.count == 39 && expected.count == 39)
        for (bot, pair) in zip(try await bench.ledger.bots(), zip(expected, actual)) {
            var allowed = Self.added + ["position_size_usd"]
            for name in Self.added { #expect(pair.1.members[name] != nil, "\(bot.id) \(name)") }
            #expect(isNear(pair.1["position_size_usd"], bot.positionSizeUSD.doubleValue), "bot \(bot.id)")
            if let value = Self.positions[bot.id] {
                #expect(isNear(pair.1["current_position_size"], value), "bot \(bot.id)")
                allowed.append("current_position_size")
            }
            let comparison = GoldenComparison(allowed: allowed.map { "$.\($0)" } + ["$.signal_config*"])
            #expect(comparison.differences(expected: pair.0, actual: pair.1) == [], "bot \(bot.id)")
        }
    }

    /// The recorded look placed this order; here an execution does, and the position grows when it is filled.
    @Test func `a bot whose order has just left is shown as after the order of the recorded look`() async throws {
        let bench = try await StatusBench.evaluated(
            changedBy: """
                INSERT INTO trades (id, bot_id, product_id, side, size, price, order_id, status, combined_signal_score,
                tranche_number, position_status, size_usd, size_in_quote, created_at)
                VALUES (901, 8, 'XTZ-USD', 'BUY', 10.89735331, 0.68824051, 'offline-order-0001', 'pending', -0.11794, 1,
                'CLOSED', 7.5, 0, '2025-10-04 12:00:00.000000');
                """)
        let expected = try #require(
            try Golden("get_bots-status-enhanced__auto-trade-bot8").body.elements.first { $0["id"] == .integer(8) })
        let actual = try row(8, of: try await bench.get("/bots/status/enhanced"))
        let allowed = (Self.added + ["position_size_usd", "current_position_size"]).map { "$.\($0)" }
        let comparison = GoldenComparison(allowed: allowed + ["$.signal_config*"])
        #expect(comparison.differences(expected: expected, actual: actual) == [])
    }

    @Test func `a second look changes nothing, and looking writes nothing`() async throws {
        let bench = try await StatusBench.evaluated()
        let before = try TableRows(of: bench.file)
        let first = try await bench.get("/bots/status/enhanced")
        #expect(try await bench.get("/bots/status/enhanced") == first)
        #expect(before.changes(to: try TableRows(of: bench.file)).isEmpty)
    }

    @Test func `trends are those of the old backend, and flat for a product that no bot trades`() async throws {
        let bench = try await StatusBench.evaluated()
        for name in ["BTC-USD", "XTZ-USD", "NOPE-USD"] {
            #expect(try await bench.differences("get_trends-\(name)") == [])
        }
        let list = try await bench.get("/trends", query: ["pairs": "BTC-USD, NOPE-USD,BTC-USD,"])
        #expect(list["pairs_analyzed"] == .integer(2) && list["results"].members.count == 2)
        #expect(
            GoldenComparison().differences(
                expected: try Golden("get_trends-BTC-USD").body, actual: list["results"]["BTC-USD"]) == [])
        #expect(isNear(list["engine_stats"]["cache_hit_rate"], 50))
    }

    @Test func `the summary has every bot, stopped and cooling ones too`() async throws {
        let bench = try await StatusBench.evaluated()
        let actual = try await bench.get("/bots/status/summary")
        #expect(actual.elements.count == 39)
        for expected in try Golden("get_bots-status-summary__only-running").body.elements {
            let id = try #require(expected["id"].whole)
            // The old backend found every bot frozen; it was recorded without the fills that bots 3 and 10 cool after.
            let blocked = [3, 10].contains(id) ? ["$.current_combined_score", "$.distance_to_signal"] : []
            let comparison = GoldenComparison(allowed: ["$.temperature"] + blocked)
            #expect(comparison.differences(expected: expected, actual: try row(id, of: actual)) == [], "bot \(id)")
        }
        #expect(try row(5, of: actual)["temperature"] == .text("HOT"))
    }

    @Test func `the edit form gets back what was configured`() async throws {
        let bench = try await StatusBench()
        let answer = try await bench.get("/bots/status/enhanced")
        let first = try row(1, of: answer)
        #expect(first["signal_config"] == (try Golden("get_bots-1").body["signal_config"]))
        #expect(first["description"] == .text("Fixture bot for BTC-USD"))
        #expect(first["max_positions"] == .integer(30) && isNear(first["stop_loss_pct"], 15))
        #expect(isNear(first["take_profit_pct"], 10) && isNear(first["trade_step_pct"], 2))
        #expect(first["cooldown_minutes"] == .integer(15) && first["confirmation_minutes"] == .integer(3))
        #expect(isNear(first["position_size_usd"], 20))
        // A bot that was made automatically calls its signal RSI, and the form looks for rsi.
        let made = try row(12, of: answer)["signal_config"]
        #expect(made["rsi"]["buy_threshold"] == .integer(35) && made["RSI"] == .null)
        // One without a configuration trades nothing, and saving its form leaves that so.
        let blank = try row(36, of: answer)["signal_config"]
        for name in ["rsi", "moving_average", "macd"] { #expect(blank[name]["enabled"] == .flag(false)) }
    }

    @Test func `a bot that was never evaluated holds with its stored score`() async throws {
        let bench = try await StatusBench()
        let bot = try row(5, of: try await bench.get("/bots/status/enhanced"))
        #expect(isNear(bot["current_combined_score"], 0.080778) && bot["temperature"] == .text("HOT"))
        #expect(bot["trading_intent"]["next_action"] == .text("hold") && isNear(bot["trading_intent"]["confidence"], 0))
        for name in ["trend_analysis", "position_sizing", "last_trade"] { #expect(bot.members[name] == .null) }
        #expect(bot["trade_readiness"]["status"] == .text("no_signal"))
    }

    @Test func `times are counted when the page asks`() async throws {
        let bench = try await StatusBench.evaluated(later: 150)
        let answer = try await bench.get("/bots/status/enhanced")
        let selling = try row(5, of: answer)["confirmation"]
        #expect(selling["time_remaining_seconds"] == .integer(30) && isNear(selling["progress"], 150.0 / 180))
        let cooling = try row(1, of: answer)
        #expect(cooling["trade_readiness"]["cooldown_remaining_minutes"] == .integer(12))
        #expect(cooling["last_trade"]["minutes_ago"] == .integer(3))
        // Confirmed by now, as far as anyone can tell without evaluating.
        #expect(try row(35, of: answer)["trade_readiness"]["status"] == .text("ready"))
        #expect(try row(35, of: answer)["confirmation"]["is_active"] == .flag(false))
    }

    @Test func `a bot that was stopped after its evaluation holds`() async throws {
        let bench = try await StatusBench.evaluated()
        try await bench.ledger.setStatus(.stopped, ofBot: 5)
        let bot = try row(5, of: try await bench.get("/bots/status/enhanced"))
        #expect(bot["status"] == .text("STOPPED") && bot["trading_intent"]["next_action"] == .text("hold"))
        #expect(bot["trade_readiness"]["can_trade"] == .flag(false))
        // Its score is the one that was evaluated last.
        #expect(isNear(bot["current_combined_score"], 0.37289072117403144))
    }

    @Test func `a bot whose account can neither buy nor sell holds with the score from before`() async throws {
        let bench = try await StatusBench()
        try await bench.loadMarket()
        try await bench.spendBalances()
        try await bench.evaluate([5])
        let bot = try row(5, of: try await bench.get("/bots/status/enhanced"))
        #expect(bot["trading_intent"]["next_action"] == .text("hold"))
        #expect(isNear(bot["current_combined_score"], 0.080778))
    }

    @Test func `what a deleted bot came to is not shown of the next bot with its id`() async throws {
        let bench = try await StatusBench.evaluated()
        try bench.file.execute("UPDATE bots SET created_at = '2025-10-04 12:00:01.000000' WHERE id = 5")
        let bot = try row(5, of: try await bench.get("/bots/status/enhanced"))
        #expect(bot["trading_intent"]["next_action"] == .text("hold"))
    }

    @Test func `rows with nonsense blank nothing`() async throws {
        let bench = try await StatusBench.evaluated(
            changedBy: """
                UPDATE bots SET position_size_usd = NULL, name = NULL, signal_config = NULL, created_at = NULL
                    WHERE id = 6;
                UPDATE bots SET position_size_usd = 'lots', current_combined_score = x'00', pair = 7 WHERE id = 7;
                UPDATE trades SET size = 'x', price = NULL, side = NULL, created_at = 'never' WHERE bot_id = 8;
                """)
        try bench.file.execute("UPDATE bot_evaluations SET sizing = '{', action = 'jump', confidence = 'x'")
        try bench.file.execute("UPDATE trend_data SET details = 'x', regime = 'x', trend_strength = 'x'")
        let answer = try await bench.get("/bots/status/enhanced")
        #expect(answer.elements.count == 39)
        for bot in answer.elements {
            let temperature = bot["temperature"].string.flatMap { Temperature(rawValue: $0) }
            #expect(temperature != nil)
            for name in ["current_combined_score", "current_position_size", "position_size_usd"] {
                #expect(bot[name].asDouble != nil, "\(name)")
            }
        }
    }

    @Test func `an empty ledger has no bots`() async throws {
        let bench = try await StatusBench(fixture: false)
        #expect(try await bench.differences("get_bots-status-enhanced__no-bots") == [])
        #expect(try await bench.get("/bots/status/summary") == .list([]))
    }

    @Test func `without the cache positions have the price of the newest evaluation`() async throws {
        let bench = try await StatusBench.evaluated()
        let before = try row(2, of: try await bench.get("/bots/status/enhanced"))
        _ = try await bench.redis.send(["FLUSHDB"])
        let after = try row(2, of: try await bench.get("/bots/status/enhanced"))
        #expect(GoldenComparison().differences(expected: before, actual: after) == [])
    }

    @Test func `the rules that trade are shown too`() async throws {
        let bench = try await StatusBench.evaluated(scoring: "v2")
        let bot = try row(8, of: try await bench.get("/bots/status/enhanced"))
        let score = try #require(bot["current_combined_score"].asDouble)
        #expect(score != 0 && score != -0.11794)
        #expect(bot["trend_analysis"]["regime"] == .text("CHOPPY"))
        #expect(isNear(bot["position_sizing"]["base_position_size"], 25))
    }
}
