import Foundation
import GRDB
import JobQueue
import TestSupport
import Testing
import Trading

@testable import Jobs
@testable import Ledger

/// Numbers at the edges of their types, wherever a job takes one: a column of `bots`, an argument. No process ends, and
/// each bot ends in ERROR with a reason or in a stated outcome.
@Suite(.serialized)
struct NumberFuzzTests {
    /// What a rule is made of: what cannot be used puts the bot into ERROR.
    private static let settings = BotSetting.all.map(\.column)
    /// What evaluations and fills leave behind: what cannot be used counts as nothing.
    private static let state = ["current_position_size", "current_position_entry_price", "current_combined_score"]
    private static let flags = ["skip_signals_on_low_balance", "use_trend_detection", "use_position_sizing"]

    /// In SQL.
    private static let edges = [
        "NULL", "0", "1", "-1", "-0.0", "0.1", "2.5", "2147483648", "9223372036854775807", "-9223372036854775808",
        "9223372036854775808", "1000000000000", "99999999999999", "100000000000000", "1e18", "1e308", "-1e308", "9e999",
        "-9e999", "4.9e-324", "1e-23", "'NaN'", "'abc'", "''", "'12'", "'1e400'", "'0x10'", "x'00ff'", "x''",
    ]
    /// No number of any range.
    private static let never = ["9e999", "-9e999", "'NaN'", "'abc'", "''", "x'00ff'", "x''", "'1e400'"]

    private static let base = """
        UPDATE bots SET id = 1, pair = 'BTC-USD', status = 'RUNNING', position_size_usd = 100, max_positions = 5,
            stop_loss_pct = 5, take_profit_pct = 10, confirmation_minutes = 5, trade_step_pct = 2,
            cooldown_minutes = 15, skip_signals_on_low_balance = 0, use_trend_detection = 0, use_position_sizing = 0,
            current_position_size = 0, current_position_entry_price = NULL, current_combined_score = 0,
            signal_confirmation_start = NULL, last_evaluation = NULL
        """

    private func evaluate(_ bench: JobBench, bot: String = "1", _ id: String) async throws -> StoredJob {
        try await bench.enqueue("evaluation", #"{"bot_id": \#(bot)}"#, id: id, queue: "fuzz")
        return try await bench.attempt("fuzz")
    }

    /// Whether a job ended as one may.
    private func isStated(_ job: StoredJob) -> Bool {
        switch job.state {
        case .succeeded: !job.result.isEmpty || !job.envelope.outcome.isEmpty
        case .waiting: true
        case .scheduled: job.postponements.last?.isEmpty == false
        case .dead:
            ["bad-arguments", "no-such-bot", "no-product", "unusable-number"].contains {
                job.envelope.outcome.contains($0)
            }
        default: false
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `each number of a bot at the edge of its type ends in ERROR by name, or in a decision`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        var count = 0
        for column in Self.settings + Self.state + Self.flags {
            // Prices expire in Redis' own time, and the test may take longer.
            try await bench.fillCache()
            for edge in Self.edges {
                count += 1
                try await bench.sql("\(Self.base); UPDATE bots SET \(column) = \(edge)")
                let job = try await evaluate(bench, "column-\(count)")
                let bot = try #require(try await bench.ledger.bot(1))
                let told = "\(column) = \(edge): \(job.state) \(job.result)"
                guard job.state == .succeeded else {
                    Issue.record("\(told)")
                    continue
                }
                if job.result["bot"] == "ERROR" {
                    #expect(Self.settings.contains(column), "\(told)")
                    #expect(bot.status == .error, "\(told)")
                    #expect(job.result["reason"]?.hasPrefix("bots.\(column): it holds ") == true, "\(told)")
                } else {
                    #expect(bot.status == .running, "\(told)")
                    #expect(job.result["gate"].flatMap(ActionGate.Reason.init(rawValue:)) != nil, "\(told)")
                    #expect(!Self.settings.contains(column) || !Self.never.contains(edge), "\(told)")
                }
            }
        }
        try await bench.fillCache()
        for id in [Int.max, 2_147_483_648, .min, 0, -1] {
            try await bench.sql("\(Self.base); UPDATE bots SET id = \(id)")
            let job = try await evaluate(bench, bot: "\(id)", "id-\(id)")
            // The database counts bots from 1: another number was typed wrong, or is no bot of the dashboard's.
            let isRefused = job.state == .dead && job.envelope.outcome.contains("'bot_id'")
            #expect(id > 0 ? job.result["gate"] != nil : isRefused, "id \(id): \(job.state) \(job.envelope.outcome)")
            try await bench.sql("UPDATE bots SET id = 1")
        }
    }

    @Test func `a bot whose settings have become unusable since it decided orders nothing`() async throws {
        let bench = try await JobBench()
        let id = try await bench.decide()
        try await bench.sql("UPDATE bots SET cooldown_minutes = 'abc'")
        try await bench.fillCache()
        #expect(try await bench.finish(id, in: "execution").result["skipped"] == "BOT_UNUSABLE")
        try await bench.expectNoOrder()
    }

    /// Arguments that hold a number, with a place for it.
    private static let arguments = [
        ("evaluation", #"{"bot_id": #}"#), ("execution", #"{"bot_id": #, "side": "BUY"}"#),
        ("execution", #"{"bot_id": 1, "side": "SELL", "base_size": #}"#),
        ("execution", #"{"product": "BTC-USD", "side": "BUY", "base_size": #}"#),
        ("execution", #"{"bot_id": 1, "side": "BUY", "score": #, "decided_at_ms": 1}"#),
        ("execution", #"{"bot_id": 1, "side": "BUY", "decided_at_ms": #}"#),
        ("execution", #"{"bot_id": 1, "side": "BUY", "thin": #, "reconcile": #}"#),
        (
            "execution",
            #"{"product": "BTC-USD", "side": "BUY", "base_size": "1", "reason": "rebalance", "rebalance":"#
                + #" {"id": "r", "target": #, "capped_by_bots": true}}"#
        ),
        ("rebalance", #"{"gross_exposure": #}"#), ("rebalance", #"{"fresh_share": #}"#),
        ("rebalance", #"{"cap_by_bot_size": #}"#), ("cache-refresh", #"{"what": "quotes", "products": [#]}"#),
        ("cache-refresh", #"{"what": #}"#), ("flotilla.test.sleep", #"{"seconds": #}"#),
        ("flotilla.test.spawn", #"{"kind": "flotilla.test.noop", "queue": "spawned", "count": #}"#),
        ("flotilla.test.fail", #"{"times": #}"#),
    ]
    /// In JSON.
    private static let numbers = [
        "null", "0", "-0", "1", "-1", "0.5", "1.5", "2147483648", "9223372036854775807", "-9223372036854775808",
        "9223372036854775808", "18446744073709551616", "1e14", "1e308", "-1e308", "1e-400", "4.9e-324", "true", #""""#,
        #""1""#, #""-1""#, #""0""#, #""NaN""#, #""1e5""#, #""99999999999999""#, #""100000000000000""#,
        #""0.00000000000000000000001""#, #""-99999999999999.99999999999999999999999""#, #""0.9""#, "[]", "{}",
    ]

    @Test(.timeLimit(.minutes(5)))
    func `each numeric argument at the edge of its type is refused, or used as it says`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        var count = 0
        for (kind, text) in Self.arguments {
            for number in Self.numbers {
                // Those sleep, or fail, as they are told.
                if kind == "flotilla.test.sleep", Double(number).map({ $0 > 1 && $0 < 86_401 }) == true { continue }
                count += 1
                let payload = text.replacing("#", with: number)
                try await bench.enqueue(kind, payload, id: "argument-\(count)", queue: "fuzz")
                let job = try await bench.attempt("fuzz")
                let isFailure = kind == "flotilla.test.fail" && job.state == .retrying
                #expect(isStated(job) || isFailure || kind == "flotilla.test.sleep", "\(kind) \(payload): \(job)")
                let mayNotRetry = job.state != .retrying || isFailure
                #expect(mayNotRetry, "\(kind) \(payload): \(job.envelope.outcome)")
            }
        }
        try await bench.expectMoneyMatchesFills()
    }

    /// Twenty seconds at most; `FLOTILLA_FUZZ_SEED` repeats a run.
    @Test(.timeLimit(.minutes(5)))
    func `numbers at random, several at a time, end nobody`() async throws {
        let given = ProcessInfo.processInfo.environment["FLOTILLA_FUZZ_SEED"].flatMap(UInt64.init)
        let seed = given ?? UInt64.random(in: 0..<1_000_000)
        var random = SeededRandom(seed: seed)
        let bench = try await JobBench()
        try await bench.fillCache()
        let end = ContinuousClock.now + .seconds(20)
        var round = 0
        while round < 400, ContinuousClock.now < end {
            round += 1
            var sql = Self.base
            let columns = (Self.settings + Self.state).shuffled(using: &random)
            for column in columns.prefix(Int.random(in: 1...4, using: &random)) {
                sql += "; UPDATE bots SET \(column) = \(Self.edges.randomElement(using: &random) ?? "0")"
            }
            try await bench.sql(sql)
            let isEvaluation = Int.random(in: 0..<3, using: &random) > 0
            let job: StoredJob
            if isEvaluation {
                job = try await evaluate(bench, "random-\(round)")
            } else {
                let side = Bool.random(using: &random) ? "BUY" : "SELL"
                let size = Self.numbers.randomElement(using: &random) ?? "null"
                try await bench.enqueue(
                    "execution", #"{"bot_id": 1, "side": "\#(side)", "base_size": \#(size)}"#, id: "random-\(round)",
                    queue: "fuzz")
                job = try await bench.attempt("fuzz")
            }
            let bot = try #require(try await bench.ledger.bot(1))
            let isSound = isStated(job) && (bot.status == .running || job.result["bot"] == "ERROR")
            guard isSound else {
                Issue.record("seed \(seed), round \(round): \(sql): \(job)")
                return
            }
        }
        try await bench.expectMoneyMatchesFills()
        print("seed \(seed): \(round) rounds")
    }
}
