import Foundation
import GRDB
import Ledger
import Testing
import Trading

@testable import Dashboard

/// The edit form is filled from a row of the enhanced status; saving it changes nothing of the bot.
@Suite struct EditingTrapTests {
    /// What bots store that people and three generations of programs have written.
    static let configs = [
        #"{"RSI": {"enabled": true, "weight": 0.3}}"#, #"{"rsi": {"enabled": true, "weight": 1.0}}"#, "",
        #"{"rsi": {"weight": 0.5}}"#,
        #"{"rsi": {"enabled": true, "weight": 0.4, "oversold": 25, "overbought": 80, "period": 9.0}}"#,
        #"{"ma": {"enabled": true, "weight": 1, "ma_type": "ema", "fast_period": 5}, "other": {"a": [1]}}"#,
        #"{"macd": {"enabled": true, "weight": 0.5}, "trading_thresholds": {"buy_threshold": -0.2, "note": "x"}}"#,
        #"{"macd": {"enabled": true}, "rsi": null, "trading_thresholds": null}"#,
        #"{"rsi": {"enabled": false, "weight": 7, "period": 1}, "macd": {"enabled": true, "weight": 0.2}}"#, "null",
        #""{\"rsi\": {\"enabled\": true, \"weight\": 0.5}}""#, "{",
    ]
    private static let known = [
        "rsi": ["enabled", "weight", "period", "buy_threshold", "sell_threshold"],
        "moving_average": ["enabled", "weight", "fast_period", "slow_period"],
        "macd": ["enabled", "weight", "fast_period", "slow_period", "signal_period"],
        "trading_thresholds": ["buy_threshold", "sell_threshold"],
    ]
    private static let fields = [
        "name", "position_size_usd", "max_positions", "stop_loss_pct", "take_profit_pct", "confirmation_minutes",
        "trade_step_pct", "cooldown_minutes", "signal_config",
    ]

    private func bench(_ config: String, _ zeroes: String = "trade_step_pct = 2") async throws -> DashboardBench {
        let text = config.replacing("'", with: "''")
        return try await DashboardBench(
            changedBy: "UPDATE bots SET signal_config = '\(text)', \(zeroes) WHERE id = 4;")
    }

    /// What the form holds of the bot.
    private func form(_ bench: DashboardBench) async throws -> [String: JSONValue] {
        let rows = try await bench.json(.get, "/api/v1/bots/status/enhanced").elements
        let row = try #require(rows.first { $0["id"] == .integer(4) })
        return row.members.filter { Self.fields.contains($0.key) }
    }

    private func save(_ form: [String: JSONValue], _ bench: DashboardBench) async throws {
        let body = String(decoding: try JSONEncoder().encode(JSONValue.object(form)), as: UTF8.self)
        #expect(try await bench.call(.put, "/api/v1/bots/4", body: body).status == 200)
    }

    private func stored(_ bench: DashboardBench) async throws -> SignalConfig? {
        let text = try #require(try await bench.ledger.bot(4)).signalConfig
        return text.isEmpty ? SignalConfig() : try? SignalConfig(json: text)
    }

    @Test(arguments: configs + [#"{"rsi": {"enabled": true, "weight": 3}, "macd": {"enabled": true, "weight": 1}}"#])
    func `saving what is shown leaves the row as it is`(_ config: String) async throws {
        let bench = try await bench(config)
        let before = try TableRows(of: bench.file)
        try await save(try await form(bench), bench)
        #expect(before.changes(to: try TableRows(of: bench.file)).isEmpty)
    }

    @Test(arguments: configs)
    func `a form that sends what it knows alone changes no decision`(_ config: String) async throws {
        let bench = try await bench(config)
        let before = try await stored(bench)
        var form = try await form(bench)
        var sent: [String: JSONValue] = [:]
        for (name, members) in Self.known {
            let shown = try #require(form["signal_config"]?[name].members)
            #expect(members.allSatisfy { shown[$0] != nil }, "\(name) of \(config)")
            sent[name] = .object(shown.filter { members.contains($0.key) })
        }
        // Another description of the same: it does not read as what was shown.
        form["signal_config"] = .object(sent.merging(["sent": .flag(true)]) { $1 })
        try await save(form, bench)
        #expect(try await stored(bench) == before ?? SignalConfig())
    }

    @Test func `what a client cannot set stays when it changes the rest`() async throws {
        let bench = try await bench(
            #"{"ma": {"enabled": true, "weight": 1, "ma_type": "ema", "fast_period": 5}, "other": {"a": [1]}, "#
                + #""trading_thresholds": {"buy_threshold": -0.2, "sell_threshold": 0.2, "note": "x"}}"#)
        var form = try await form(bench)
        var config = try #require(form["signal_config"]?.members)
        config["moving_average"] = .object(["enabled": .flag(true), "weight": .number(0.5), "fast_period": .integer(6)])
        config["trading_thresholds"] = .object(["buy_threshold": .number(-0.1), "sell_threshold": .number(0.1)])
        form["signal_config"] = .object(config)
        try await save(form, bench)
        let after = try await bench.json(.get, "/api/v1/bots/4")["signal_config"]
        #expect(after["moving_average"]["ma_type"] == .text("ema") && after["ma"] == .null)
        #expect(after["moving_average"]["fast_period"] == .integer(6))
        #expect(after["other"]["a"] == .list([.integer(1)]))
        #expect(after["trading_thresholds"]["note"] == .text("x"))
        #expect(after["trading_thresholds"]["buy_threshold"] == .number(-0.1))
        #expect(try await stored(bench)?.movingAverage?.signal.kind == .exponential)
    }

    @Test func `a stored 0 stays 0`() async throws {
        let bench = try await bench(
            "{}", "trade_step_pct = 0, cooldown_minutes = 0, confirmation_minutes = 0, stop_loss_pct = 0")
        let before = try TableRows(of: bench.file)
        let form = try await form(bench)
        for name in ["trade_step_pct", "cooldown_minutes", "confirmation_minutes"] {
            #expect(form[name]?.asDouble == 0, "\(name)")
        }
        try await save(form, bench)
        #expect(before.changes(to: try TableRows(of: bench.file)).isEmpty)
        #expect(try await bench.ledger.bot(4)?.cooldownMinutes == 15)
    }
}
