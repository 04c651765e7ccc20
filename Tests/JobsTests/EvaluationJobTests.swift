import Exchange
import Foundation
import JobQueue
import Ledger
import Redis
import Testing
import Trading

@testable import Jobs

@Suite(.serialized)
struct EvaluationJobTests {
    @Test func `an evaluation writes score, time and one row of history, also when it runs twice`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        try await bench.enqueue("evaluation", #"{"bot_id": 1}"#, id: "eval-1")
        let job = try await bench.claim("evaluation")
        let first = try await bench.run(job, AttemptPlot(deadlyStep: 1))
        #expect(first.state == .ready)
        let bot = try #require(try await bench.ledger.bot(1))
        #expect(bot.currentCombinedScore != 0 && abs(bot.currentCombinedScore) <= 1)
        #expect(bot.lastEvaluation == bench.wall.now && bot.confirmationStart == bench.wall.now)
        bench.wall.advance(20)
        let second = try await bench.attempt("evaluation")
        #expect(second.state == .succeeded)
        #expect(second.result["score"] == "\(bot.currentCombinedScore)" && second.result["gate"] == "CONFIRMING")
        #expect(try await bench.ledger.bot(1) == bot)
        let last = try #require(try await bench.ledger.lastAction(botID: 1, since: .distantPast))
        #expect(last.jobID == "eval-1" && last.action == .buy && last.score == bot.currentCombinedScore)
        #expect(last.signalScoresJSON?.contains("rsi") == true && last.price != nil)
        // Deleting is the one way to count them all.
        #expect(try await bench.ledger.prune(olderThan: .distantFuture)["bot_signal_history"] == 1)
        #expect(bench.record.calls.isEmpty)
    }

    @Test func `a bot that is not running is skipped`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        for status in [BotStatus.stopped, .error] {
            try await bench.ledger.setStatus(status, ofBot: 1)
            let job = try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "eval-\(status)")
            #expect(job.state == .succeeded && job.result == ["skipped": "BOT_NOT_RUNNING"])
        }
        #expect(try await bench.ledger.bot(1)?.lastEvaluation == nil)
        #expect(try await bench.ledger.lastAction(botID: 1, since: .distantPast) == nil)
    }

    @Test(arguments: [
        "not json", #"{"rsi": {"enabled": true, "weight": 1, "period": 1}}"#,
        #"{"rsi": {"enabled": true, "weight": -1}}"#,
        #"{"ma": {"enabled": true, "weight": 1, "fast_period": 20, "slow_period": 10}}"#,
    ])
    func `a broken configuration puts the bot into ERROR, said once`(_ config: String) async throws {
        let bench = try await JobBench(bots: [BotSeed(1, "BTC-USD", config: config)])
        try await bench.fillCache()
        let first = try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "eval-1")
        #expect(first.state == .succeeded && first.result["bot"] == "ERROR")
        let second = try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "eval-2")
        #expect(second.result == ["skipped": "BOT_NOT_RUNNING"])
        #expect(try await bench.ledger.bot(1)?.status == .error)
        let errors = try await bench.ledger.loggedErrors(limit: 10)
        #expect(errors.count == 1 && errors[0].entry.botID == 1 && errors[0].entry.message == first.result["reason"])
        #expect(try await bench.jobs("execution", .ready).isEmpty)
    }

    @Test func `an empty cache is waited for one minute, then the bot holds`() async throws {
        let bench = try await JobBench()
        let first = try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "eval-1")
        #expect(first.state == .scheduled && first.envelope.attempts == 0)
        #expect(first.postponements == ["the cache has nothing of BTC-USD yet"])
        try await bench.makeDue("evaluation")
        try await bench.age("eval-1", in: "evaluation", bySeconds: 61)
        let second = try await bench.attempt("evaluation")
        #expect(second.state == .succeeded && second.result["action"] == "HOLD" && second.result["reason"] == "STALE")
        #expect(try await bench.ledger.lastAction(botID: 1, since: .distantPast)?.action == .hold)
        #expect(try await bench.jobs("execution", .ready).isEmpty)
    }

    @Test func `half a cache is as good as none`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache(candles: false)
        #expect(try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "eval-1").state == .scheduled)
    }

    @Test func `a quote older than a minute means hold`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        bench.wall.advance(60)
        let fresh = try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "eval-1")
        #expect(fresh.result["action"] == "BUY")
        bench.wall.advance(1)
        let stale = try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "eval-2")
        #expect(stale.result["action"] == "HOLD" && stale.result["reason"] == "STALE")
        // What had been confirmed is not any more.
        #expect(try await bench.ledger.bot(1)?.confirmationStart == nil)
    }

    @Test func `an evaluation on old data, or on none, leaves the last score`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "fresh")
        let score = try #require(try await bench.ledger.bot(1)).currentCombinedScore
        #expect(score != 0)
        bench.wall.advance(61)
        #expect(try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "old").result["reason"] == "STALE")
        _ = try await bench.redis.send(["DEL", "market_data:ticker:BTC-USD", "market_data:candles:BTC-USD:3600"])
        try await bench.enqueue("evaluation", #"{"bot_id": 1}"#, id: "none")
        try await bench.age("none", in: "evaluation", bySeconds: 61)
        #expect(try await bench.attempt("evaluation").result["reason"] == "STALE")
        let bot = try #require(try await bench.ledger.bot(1))
        #expect(bot.currentCombinedScore == score && bot.lastEvaluation == bench.wall.now && bot.status == .running)
    }

    @Test func `a bot that was deleted after its tick is skipped`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        try await bench.enqueue("evaluation", #"{"bot_id": 1}"#, id: "eval-1")
        try await bench.sql("DELETE FROM bots")
        let job = try await bench.attempt("evaluation")
        #expect(job.state == .succeeded && job.result == ["skipped": "NO_SUCH_BOT"])
    }

    @Test func `candles that ended hours ago mean hold`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        bench.wall.advance(2 * 3_600 + 3_600)
        try await bench.fillCache(candles: false)
        let job = try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "eval-1")
        #expect(job.result["action"] == "HOLD" && job.result["reason"] == "STALE")
    }

    @Test func `the old system's scoring can be asked for`() async throws {
        let config = #"{"rsi": {"enabled": true, "weight": 1}, "macd": {"enabled": true, "weight": 1}}"#
        let bench = try await JobBench(bots: [BotSeed(1, "BTC-USD", config: config)])
        try await bench.fillCache()
        let new = try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "new")
        let old = try await bench.attempt("evaluation", #"{"bot_id": 1, "scoring": "legacy"}"#, id: "old")
        #expect(new.result["score"] != old.result["score"])
        #expect(
            try await bench.ledger.lastAction(botID: 1, since: .distantPast)?.metadataJSON?.contains("legacy") == true)
    }

    @Test(arguments: [
        (#"{}"#, "bad-arguments"), (#"{"for_each": "all_bots"}"#, "bad-arguments"),
        (#"{"bot_id": "1"}"#, "bad-arguments"),
        (#"{"bot_id": 1, "scoring": "v3"}"#, "bad-arguments"),
    ])
    func `arguments that mean nothing are refused at once`(_ payload: String, _ type: String) async throws {
        let bench = try await JobBench()
        let job = try await bench.attempt("evaluation", payload, id: "bad")
        #expect(job.state == .dead && job.failure?.type == type)
    }
}
