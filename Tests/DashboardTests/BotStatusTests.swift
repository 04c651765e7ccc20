import Foundation
import GRDB
import Redis
import Testing
import Trading

@testable import Dashboard
@testable import Ledger

/// What the pages show of bots, against the answers of the old backend.
@Suite struct BotStatusTests {
    /// The settings that the old backend left out, so that saving the edit form overwrote them.
    private static let added: Set<String> = [
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

    private func evaluated(changes: String = "", now: Date = StatusBench.now) async throws -> StatusBench {
        let bench = try await StatusBench(changes: changes, now: now)
        try await bench.fillCache()
        try await bench.evaluateAll()
        return bench
    }

    private func row(_ id: Int, of answer: JSONValue) throws -> JSONValue {
        try #require(answer.rows.first { $0.member("id") == .integer(id) })
    }

    @Test func `every bot is shown as the old backend showed it, but for what it got wrong`() async throws {
        let bench = try await evaluated()
        let expected = try StatusBench.golden("get_bots-status-enhanced").rows
        let actual = try await bench.get("/bots/status/enhanced").rows
        #expect(actual.count == 39 && expected.count == 39)
        let bots = try await bench.ledger.bots()
        for (bot, pair) in zip(bots, zip(expected, actual)) {
            var found = JSONDifference.all(pair.0, pair.1)
            for name in Self.added { #expect(found.removeValue(forKey: name) == "unexpected", "\(bot.id) \(name)") }
            #expect(pair.1.member("position_size_usd")?.double == bot.positionSizeUSD.doubleValue)
            found["position_size_usd"] = nil
            if let value = Self.positions[bot.id] {
                let shown = try #require(pair.1.member("current_position_size")?.double)
                #expect(abs(shown - value) <= 1e-9 * max(1, abs(value)), "bot \(bot.id)")
                found["current_position_size"] = nil
            }
            #expect(found == [:], "bot \(bot.id)")
        }
    }

    @Test func `a second look changes nothing, and looking writes nothing`() async throws {
        let bench = try await evaluated()
        let first = try await bench.get("/bots/status/enhanced")
        let rows = try await bench.ledger.signalHistory(ofBot: 1, limit: 1_000).count
        #expect(try await bench.get("/bots/status/enhanced") == first)
        #expect(try await bench.ledger.signalHistory(ofBot: 1, limit: 1_000).count == rows)
    }

    @Test func `trends are those of the old backend, and flat for a product that no bot trades`() async throws {
        let bench = try await evaluated()
        for name in ["BTC-USD", "XTZ-USD", "NOPE-USD"] {
            let answer = try await bench.get("/trends/{product_id}", ["product_id": .text(name)])
            #expect(JSONDifference.all(try StatusBench.golden("get_trends-\(name)"), answer) == [:], "\(name)")
        }
        let list = try await bench.get("/trends", ["pairs": .text("BTC-USD, NOPE-USD,BTC-USD,")])
        #expect(list.member("pairs_analyzed") == .integer(2))
        let known = try #require(list.member("results")?.member("BTC-USD"))
        #expect(JSONDifference.all(try StatusBench.golden("get_trends-BTC-USD"), known) == [:])
        #expect(list.member("engine_stats")?.member("cache_hit_rate")?.double == 50)
    }

    @Test func `the summary has every bot, stopped and cooling ones too`() async throws {
        let bench = try await evaluated()
        let actual = try await bench.get("/bots/status/summary")
        #expect(actual.rows.count == 39)
        for expected in try StatusBench.golden("get_bots-status-summary__only-running").rows {
            guard let id = expected.member("id")?.double.map({ Int($0) }) else { continue }
            var found = JSONDifference.all(expected, try row(id, of: actual))
            // The old backend found every bot frozen; it was recorded without the fills that bots 3 and 10 cool after.
            let names = ["temperature"] + ([3, 10].contains(id) ? ["current_combined_score", "distance_to_signal"] : [])
            for name in names { found[name] = nil }
            #expect(found == [:], "bot \(id)")
        }
    }

    @Test func `the edit form gets back what was configured`() async throws {
        let bench = try await StatusBench()
        let answer = try await bench.get("/bots/status/enhanced")
        let first = try row(1, of: answer)
        let saved = try #require(try StatusBench.golden("get_bots-1").member("signal_config"))
        #expect(first.member("signal_config") == saved)
        #expect(first.member("description") == .text("Fixture bot for BTC-USD"))
        #expect(first.member("max_positions") == .integer(30) && first.member("stop_loss_pct")?.double == 15)
        #expect(first.member("take_profit_pct")?.double == 10 && first.member("trade_step_pct")?.double == 2)
        #expect(first.member("cooldown_minutes") == .integer(15) && first.member("confirmation_minutes") == .integer(3))
        #expect(first.member("position_size_usd")?.double == 20)
        // A bot that was made automatically calls its signal RSI, and the form looks for rsi.
        let made = try #require(try row(12, of: answer).member("signal_config"))
        #expect(made.member("rsi")?.member("buy_threshold") == .integer(35) && made.member("RSI") == nil)
        #expect(try row(36, of: answer).member("signal_config") == .object([:]))
    }

    @Test func `a bot that was never evaluated holds with its stored score`() async throws {
        let bench = try await StatusBench()
        let bot = try row(5, of: try await bench.get("/bots/status/enhanced"))
        #expect(bot.member("current_combined_score")?.double == 0.080778)
        #expect(bot.member("temperature") == .text("HOT"))
        let intent = try #require(bot.member("trading_intent"))
        #expect(intent.member("next_action") == .text("hold") && intent.member("confidence")?.double == 0)
        #expect(bot.member("trend_analysis") == .null && bot.member("position_sizing") == .null)
        #expect(bot.member("last_trade") == .null)
        #expect(bot.member("trade_readiness")?.member("status") == .text("no_signal"))
    }

    @Test func `times are counted when the page asks`() async throws {
        let bench = try await evaluated(now: StatusBench.now + 150)
        let answer = try await bench.get("/bots/status/enhanced")
        let selling = try #require(try row(5, of: answer).member("confirmation"))
        #expect(selling.member("time_remaining_seconds") == .integer(30))
        #expect(abs((selling.member("progress")?.double ?? 0) - 150.0 / 180) < 1e-9)
        let cooling = try row(1, of: answer)
        #expect(cooling.member("trade_readiness")?.member("cooldown_remaining_minutes") == .integer(12))
        #expect(cooling.member("last_trade")?.member("minutes_ago") == .integer(3))
        // Confirmed by now, as far as anyone can tell without evaluating.
        #expect(try row(35, of: answer).member("trade_readiness")?.member("status") == .text("ready"))
        #expect(try row(35, of: answer).member("confirmation")?.member("is_active") == .flag(false))
    }

    @Test func `a bot that was stopped after its evaluation holds`() async throws {
        let bench = try await evaluated()
        try await bench.ledger.setStatus(.stopped, ofBot: 5)
        let bot = try row(5, of: try await bench.get("/bots/status/enhanced"))
        #expect(bot.member("status") == .text("STOPPED"))
        #expect(bot.member("trading_intent")?.member("next_action") == .text("hold"))
        #expect(bot.member("trade_readiness")?.member("can_trade") == .flag(false))
        // Its score is the one that was evaluated last.
        #expect(abs((bot.member("current_combined_score")?.double ?? 0) - 0.37289072117403144) < 1e-9)
    }

    @Test func `what a deleted bot came to is not shown of the next bot with its id`() async throws {
        let bench = try await evaluated()
        try await bench.ledger.write { db in
            try db.execute(sql: "UPDATE bots SET created_at = '2025-10-04 12:00:01.000000' WHERE id = 5")
        }
        let bot = try row(5, of: try await bench.get("/bots/status/enhanced"))
        #expect(bot.member("trading_intent")?.member("next_action") == .text("hold"))
    }

    @Test func `rows with nonsense blank nothing`() async throws {
        let bench = try await evaluated(
            changes: """
                UPDATE bots SET position_size_usd = NULL, name = NULL, signal_config = NULL, created_at = NULL
                    WHERE id = 6;
                UPDATE bots SET position_size_usd = 'lots', current_combined_score = x'00', pair = 7 WHERE id = 7;
                UPDATE trades SET size = 'x', price = NULL, side = NULL, created_at = 'never' WHERE bot_id = 8;
                """)
        try await bench.ledger.write { db in
            try db.execute(sql: "UPDATE bot_evaluations SET sizing = '{', action = 'jump', confidence = 'x'")
            try db.execute(sql: "UPDATE trend_data SET details = 'x', regime = 'x', trend_strength = 'x'")
        }
        let answer = try await bench.get("/bots/status/enhanced")
        #expect(answer.rows.count == 39)
        for bot in answer.rows {
            let temperature = try #require(bot.member("temperature"))
            #expect(Temperature.allCases.map { JSONValue.text($0.rawValue) }.contains(temperature))
            for name in ["current_combined_score", "current_position_size", "position_size_usd"] {
                #expect(bot.member(name)?.double != nil, "\(name)")
            }
        }
    }

    @Test func `an empty ledger has no bots`() async throws {
        let bench = try await StatusBench(fixture: false)
        #expect(try await bench.get("/bots/status/enhanced") == .list([]))
        #expect(try await bench.get("/bots/status/summary") == .list([]))
    }

    @Test func `without the cache positions have the price of the newest evaluation`() async throws {
        let bench = try await evaluated()
        let before = try row(2, of: try await bench.get("/bots/status/enhanced"))
        _ = try await bench.redis.send(["FLUSHDB"])
        let after = try row(2, of: try await bench.get("/bots/status/enhanced"))
        #expect(JSONDifference.all(before, after) == [:])
    }

    @Test func `the rules that trade are shown too`() async throws {
        let bench = try await StatusBench()
        try await bench.fillCache()
        try await bench.evaluateAll(scoring: "v2")
        let bot = try row(8, of: try await bench.get("/bots/status/enhanced"))
        let score = try #require(bot.member("current_combined_score")?.double)
        #expect(score != 0 && score != -0.11794)
        #expect(bot.member("trend_analysis")?.member("regime") == .text("CHOPPY"))
        #expect(bot.member("position_sizing")?.member("base_position_size")?.double == 25)
    }
}

/// A bot's own pages.
@Suite struct BotHistoryTests {
    @Test func `a bot's history is the old backend's`() async throws {
        let bench = try await StatusBench()
        let call: [String: ParameterValue] = ["bot_id": .integer(1), "limit": .integer(20)]
        let answer = try await bench.get("/bots/{bot_id}/signal-history", call)
        #expect(JSONDifference.all(try StatusBench.golden("get_bots-1-signal-history"), answer) == [:])
        let unknown: [String: ParameterValue] = ["bot_id": .integer(999), "limit": .integer(20)]
        await #expect(throws: DashboardError.notFound("Bot not found")) {
            try await bench.get("/bots/{bot_id}/signal-history", unknown)
        }
    }

    @Test func `evaluations of this program have signals of the same shape`() async throws {
        let bench = try await StatusBench()
        try await bench.fillCache()
        try await bench.evaluate([5])
        let call: [String: ParameterValue] = ["bot_id": .integer(5), "limit": .integer(1)]
        let newest = try #require(
            try await bench.get("/bots/{bot_id}/signal-history", call).member("signal_history")?.rows.first)
        #expect(newest.member("signal_scores")?.member("rsi")?.member("score")?.double != nil)
        #expect(newest.member("action") == .text("sell") && newest.member("price")?.double == 0.25294612)
    }

    @Test(arguments: [2, 5])
    func `a bot's confirmation is the old backend's`(_ id: Int) async throws {
        let bench = try await StatusBench()
        let answer = try await bench.get("/bots/{bot_id}/confirmation-status", ["bot_id": .integer(id)])
        #expect(JSONDifference.all(try StatusBench.golden("get_bots-\(id)-confirmation-status"), answer) == [:])
    }

    @Test func `a confirmation that is over says so`() async throws {
        let bench = try await StatusBench(now: StatusBench.now + 3_600)
        let answer = try await bench.get("/bots/{bot_id}/confirmation-status", ["bot_id": .integer(2)])
        let status = try #require(answer.member("confirmation_status"))
        #expect(status.member("status") == .text("confirmed") && status.member("is_confirmed") == .flag(true))
        #expect(status.member("time_remaining_minutes")?.double == 0)
    }
}
