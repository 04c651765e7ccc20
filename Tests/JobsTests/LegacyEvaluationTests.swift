import Exchange
import Foundation
import GRDB
import JobQueue
import Redis
import Testing
import Trading

@testable import Jobs
@testable import Ledger

/// Evaluations by the Python system's rules, and what pages show of evaluations.
@Suite(.serialized)
struct LegacyEvaluationTests {
    private let legacy = #"{"bot_id": 1, "scoring": "legacy"}"#

    private func status(_ bench: JobBench) async throws -> BotStatusRecord {
        try #require(try await bench.ledger.botStatuses().first { $0.bot.id == 1 })
    }

    @Test func `a bot that detects trends has thresholds of its market's regime, under legacy scoring alone`()
        async throws
    {
        // Beyond these thresholds every score is a BUY, and beyond those of a regime this one is none.
        let bench = try await JobBench()
        try await bench.fillCache()
        let own = try await bench.attempt("evaluation", legacy, id: "own")
        #expect(own.result["action"] == "BUY" || own.result["reason"] == "LOW_CONFIDENCE")
        try await bench.sql("UPDATE bots SET use_trend_detection = 1")
        let regime = try #require(try await status(bench).trend).trend.regime
        let job = try await bench.attempt("evaluation", legacy, id: "regime")
        let score = try #require(job.result["score"].flatMap { Double($0) })
        let expected = score <= -regime.threshold ? "BUY" : (score >= regime.threshold ? "SELL" : "HOLD")
        #expect(job.result["action"] == expected || job.result["reason"] == "LOW_CONFIDENCE")
        #expect(try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "v2").result["action"] == "BUY")
    }

    @Test func `a bot that cools down after a fill is not looked at, under legacy scoring alone`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "before")
        let score = try await status(bench).bot.currentCombinedScore
        let filled = LedgerTime(bench.wall.now.addingTimeInterval(-60)).text
        try await bench.sql(
            """
            INSERT INTO trades (bot_id, product_id, side, size, price, order_id, status, created_at, filled_at)
            VALUES (1, 'BTC-USD', 'BUY', 0.001, 60000, 'o-1', 'filled', '\(filled)', '\(filled)')
            """)
        let job = try await bench.attempt("evaluation", legacy, id: "cooling")
        #expect(job.result["action"] == "HOLD" && job.result["reason"] == "BLOCKED")
        #expect(job.result["score"] == "\(score)")
        let shown = try await status(bench)
        #expect(shown.bot.currentCombinedScore == score && shown.evaluation?.confidence == 0)
        #expect(try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "v2").result["reason"] == "THRESHOLD")
    }

    @Test(arguments: ["''", "'  '", "NULL", "'null'"])
    func `a bot without a configuration holds and goes on running`(_ config: String) async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        try await bench.sql("UPDATE bots SET signal_config = \(config)")
        let job = try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "eval-1")
        #expect(job.result["action"] == "HOLD" && job.result["reason"] == "NO_WEIGHT")
        #expect(try await bench.ledger.bot(1)?.status == .running)
    }

    @Test func `what pages show is stored with an evaluation, once for each job`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        try await bench.sql("UPDATE bots SET use_position_sizing = 1")
        try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "eval-1")
        let shown = try await status(bench)
        let evaluation = try #require(shown.evaluation)
        #expect(evaluation.action == .buy && evaluation.at == bench.wall.now && !evaluation.isAllowed)
        #expect(evaluation.sizing?.baseSize == 100)
        // Hours are in the cache, five minutes and days are not.
        #expect(shown.trend?.trend.medium.dataPoints == 24 && shown.trend?.trend.short == TrendWindow.none)
        #expect(bench.record.calls.isEmpty)
    }

    @Test func `what a signal predicts is stored when it changes, and else once an hour`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        func count() async throws -> Int {
            try await bench.ledger.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM signal_predictions") ?? -1 }
        }
        try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "eval-1")
        #expect(try await count() == 1)
        bench.wall.advance(60)
        try await bench.fillCache()
        try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "eval-2")
        #expect(try await count() == 1)
        bench.wall.advance(3_600)
        try await bench.fillCache()
        try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "eval-3")
        #expect(try await count() == 2)
    }

    @Test func `a market without candles scores 0, and old candles or an old quote mean hold`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache(candles: false)
        let none = try await bench.attempt("evaluation", legacy, id: "none")
        #expect(none.result["action"] == "HOLD" && none.result["reason"] == "LOW_CONFIDENCE")
        #expect(none.result["score"] == "0.0")
        #expect(try await status(bench).trend?.trend == .unknown)
        try await bench.fillCache()
        bench.wall.advance(61)
        #expect(try await bench.attempt("evaluation", legacy, id: "quote").result["reason"] == "STALE")
        bench.wall.advance(3 * 3_600)
        try await bench.fillCache(candles: false)
        #expect(try await bench.attempt("evaluation", legacy, id: "candles").result["reason"] == "STALE")
    }

    @Test func `without a quote a confirmed bot is scored, and places no order`() async throws {
        let config = """
            {"macd": {"enabled": true, "weight": 1}, "trading_thresholds": {"buy_threshold": 2, "sell_threshold": 3}}
            """
        let bench = try await JobBench(bots: [BotSeed(1, "BTC-USD", config: config)])
        try await bench.fillCache()
        _ = try await bench.redis.send(["DEL", "market_data:ticker:BTC-USD"])
        try await bench.sql("UPDATE bots SET signal_confirmation_start = '2000-01-01 00:00:00.000000'")
        let job = try await bench.attempt("evaluation", legacy, id: "eval-1")
        #expect(job.result["action"] == "BUY" && job.result["gate"] == "PRICE_UNUSABLE")
        #expect(try await bench.jobs("execution", .ready).isEmpty)
    }

    @Test func `without the cache a bot holds and its trend stays as it was`() async throws {
        var bench = try await JobBench()
        try await bench.fillCache()
        try await bench.attempt("evaluation", legacy, id: "before")
        let trend = try #require(try await status(bench).trend)
        try bench.restart(TradingSwitches(usesCache: false))
        let job = try await bench.attempt("evaluation", legacy, id: "eval-1")
        #expect(job.result["reason"] == "CACHE_DISABLED")
        #expect(try await status(bench).trend == trend)
    }
}
