import Exchange
import Foundation
import JobQueue
import Ledger
import Testing
import Trading

@testable import Jobs

/// What was true at the decision must be true when the order is about to be placed.
@Suite(.serialized)
struct ExecutionAdmissionTests {
    /// What befalls a bot while its execution waits, and the reason that the execution then gives.
    enum Event: String, CaseIterable, Sendable {
        case stopped, deleted, replaced, replacedWithoutTime, otherProduct, edited, broken, putBack

        var reason: String {
            switch self {
            case .stopped, .broken: "BOT_NOT_RUNNING"
            case .deleted: "NO_SUCH_BOT"
            case .replaced, .replacedWithoutTime, .putBack: "ANOTHER_BOT"
            case .otherProduct: "OTHER_PRODUCT"
            case .edited: "BOT_EDITED"
            }
        }

        func befall(_ bench: JobBench) async throws {
            switch self {
            case .stopped: try await bench.ledger.setStatus(.stopped, ofBot: 1)
            case .deleted: try await bench.sql("DELETE FROM bots WHERE id = 1")
            case .replaced: try await bench.replaceBot(createdAt: "2026-11-22 10:00:00")
            case .replacedWithoutTime:
                try await bench.sql("UPDATE bots SET created_at = NULL WHERE id = 1")
                try await bench.replaceBot()
            case .otherProduct: try await bench.sql("UPDATE bots SET pair = 'ETH-USD' WHERE id = 1")
            case .edited:
                try await bench.sql("UPDATE bots SET signal_config = replace(signal_config, '2', '1') WHERE id = 1")
            case .broken: try await bench.ledger.markBotError(1, reason: "a test")
            // As from a backup of yesterday.
            case .putBack: try await bench.sql("UPDATE bots SET last_evaluation = NULL WHERE id = 1")
            }
        }
    }

    @Test(arguments: Event.allCases)
    func `an execution that waits places nothing for a bot that is not the one that decided`(_ event: Event)
        async throws
    {
        let bench = try await JobBench()
        if event == .replacedWithoutTime { try await bench.sql("UPDATE bots SET created_at = NULL") }
        let id = try await bench.decide()
        try await event.befall(bench)
        let job = try await bench.attempt("execution")
        #expect(job.id.description == id && job.state == .succeeded)
        #expect(job.result == ["skipped": event.reason])
        try await bench.expectNoOrder()
    }

    @Test func `a new bot under the old id, evaluated by now, does not get the old one's order`() async throws {
        let bench = try await JobBench()
        try await bench.decide()
        try await bench.replaceBot(createdAt: "2026-11-22 10:00:00")
        try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "later")
        #expect(try await bench.attempt("execution").result == ["skipped": "ANOTHER_BOT"])
        try await bench.expectNoOrder()
    }

    @Test func `an evaluation that runs again for the next bot of its id orders nothing for it`() async throws {
        let bench = try await JobBench()
        try await bench.sql("UPDATE bots SET confirmation_minutes = 1")
        try await bench.fillCache()
        try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "eval-0")
        bench.wall.advance(60)
        try await bench.fillCache()
        try await bench.enqueue("evaluation", #"{"bot_id": 1}"#, id: "eval-1")
        // Decided and written down; the worker dies before the execution is enqueued.
        try await bench.attempt("evaluation", AttemptPlot(deadlyStep: 1))
        try await bench.replaceBot(createdAt: "2026-11-22 10:00:00")
        #expect(try await bench.attempt("evaluation").result["gate"] == "ALLOWED")
        #expect(try await bench.attempt("execution").result == ["skipped": "ANOTHER_BOT"])
        try await bench.expectNoOrder()
    }

    @Test(arguments: [true, false])
    func `what was bought for a bot is not the next one's of its id`(_ isReplaced: Bool) async throws {
        let bench = try await JobBench()
        let id = try await bench.decide()
        try await bench.attempt("execution", AttemptPlot { $0 == .after(.place) ? .die : .goOn })
        if isReplaced { try await bench.replaceBot(createdAt: "2026-11-22 10:00:00") }
        #expect(try await bench.attempt("execution").result["status"] == "FILLED")
        try await bench.expectOneOrder(ofJob: id, bot: isReplaced ? nil : 1)
        let bot = try #require(try await bench.ledger.bot(1))
        #expect((bot.currentPositionSize > 0) == !isReplaced)
        #expect(try await bench.ledger.trades(botID: 1, limit: 10).count == (isReplaced ? 0 : 1))
    }

    @Test func `a decision of an older version counts while its bot has been there all along`() async throws {
        let bench = try await JobBench()
        bench.wall.advance(60)
        try await bench.fillCache()
        let decided = bench.wall.unixSeconds * 1_000
        let old =
            #"{"bot_id": 1, "product": "BTC-USD", "side": "BUY", "decided_at_ms": \#(decided), "reason": "signal"}"#
        #expect(try await bench.attempt("execution", old, id: "same").result["status"] == "FILLED")
        bench.wall.advance(60)
        try await bench.replaceBot(createdAt: "2099-01-01 10:00:00")
        #expect(try await bench.attempt("execution", old, id: "other").result == ["skipped": "ANOTHER_BOT"])
        try await bench.expectOneOrder(ofJob: "same")
    }

    @Test func `of executions that queued up for minutes one buys`() async throws {
        let bench = try await JobBench()
        try await bench.sql("UPDATE bots SET confirmation_minutes = 1, cooldown_minutes = 1, trade_step_pct = 0.0001")
        var waiting: [String] = []
        for round in 0..<3 { waiting.append(try await bench.decide(prefix: "round-\(round)")) }
        #expect(try await bench.jobs("execution", .ready).count == 3)
        #expect(try await bench.attempt("execution").result["status"] == "FILLED")
        let second = try await bench.attempt("execution")
        #expect(second.result == ["skipped": "COOLING_DOWN"])
        // The cooldown is over and the price has moved; the decision is older than the order all the same.
        bench.wall.advance(61)
        try await bench.moveQuote(by: "1.05")
        #expect(try await bench.attempt("execution").result == ["skipped": "DECISION_SPENT"])
        #expect(try await bench.orders().count == 1)
        try await bench.expectMoneyMatchesFills()
    }

    @Test func `of two executions of a bot at the same moment one begins`() async throws {
        let bench = try await JobBench()
        bench.wall.advance(60)
        try await bench.fillCache()
        let decision = #"{"bot_id": 1, "side": "BUY", "decided_at_ms": \#(bench.wall.unixSeconds * 1_000)}"#
        for id in ["a", "b"] { try await bench.enqueue("execution", decision, id: id) }
        let (first, second) = (try await bench.claim("execution"), try await bench.claim("execution"))
        // The first has planned on what was true before the second began.
        let plot = AttemptPlot { moment in
            if moment == .after(.accounts), bench.record.placed.isEmpty { _ = try? await bench.run(second) }
            return .goOn
        }
        #expect(try await bench.run(first, plot).result == ["skipped": "COOLING_DOWN"])
        #expect(bench.record.placed.count == 1)
        try await bench.expectOneOrder(ofJob: second.id.description)
    }

    @Test func `while an order of the bot is undecided no other begins`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        for id in ["a", "b"] { try await bench.enqueue("execution", #"{"bot_id": 1, "side": "BUY"}"#, id: id) }
        let (first, second) = (try await bench.claim("execution"), try await bench.claim("execution"))
        let plot = AttemptPlot { moment in
            guard moment == .before(.place) else { return .goOn }
            let other = try? await bench.run(second)
            #expect(other?.result == ["skipped": "OPEN_ORDER"])
            return .goOn
        }
        #expect(try await bench.run(first, plot).result["status"] == "FILLED")
        try await bench.expectOneOrder(ofJob: "a")
        #expect(bench.record.placed.count == 1)
    }

    @Test func `a decision that the bot has taken back is not traded`() async throws {
        let bench = try await JobBench()
        try await bench.decide()
        bench.wall.advance(61)
        // Nothing was refreshed: this evaluation holds.
        try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "hold")
        try await bench.fillCache()
        #expect(try await bench.attempt("execution").result == ["skipped": "DECISION_WITHDRAWN"])
        try await bench.expectNoOrder()
    }

    @Test func `an order by hand for a bot that does not run is not placed`() async throws {
        let bench = try await JobBench(bots: [BotSeed(1, "BTC-USD", status: .stopped)])
        try await bench.fillCache()
        let job = try await bench.attempt("execution", #"{"bot_id": 1, "side": "BUY"}"#, id: "hand")
        #expect(job.result == ["skipped": "BOT_NOT_RUNNING"])
        let other = #"{"bot_id": 1, "product": "ETH-USD", "side": "BUY", "base_size": "0.1"}"#
        #expect(try await bench.attempt("execution", other, id: "other").result == ["skipped": "OTHER_PRODUCT"])
        try await bench.expectNoOrder()
    }

    @Test(arguments: [ExchangeMoment.before(.place), .after(.place)])
    func `an order that was written down is not sent again for a bot that was stopped`(_ death: ExchangeMoment)
        async throws
    {
        let bench = try await JobBench()
        try await bench.decide()
        let dead = try await bench.attempt("execution", AttemptPlot { $0 == death ? .die : .goOn })
        try await bench.ledger.setStatus(.stopped, ofBot: 1)
        let job = try await bench.attempt("execution")
        guard death == .before(.place) else {
            // It was placed while the bot ran: it is settled.
            try await bench.expectOneOrder(ofJob: dead.id.description)
            return
        }
        #expect(job.result == ["skipped": "BOT_NOT_RUNNING", "order": "UNKNOWN"])
        #expect(try await bench.orders().isEmpty)
        // Reconciliation gives it up when it has not turned up.
        bench.wall.advance(601)
        try await bench.attempt("execution", #"{"reconcile": true}"#, id: "reconcile")
        #expect(try await bench.ledger.intent(jobID: dead.id.description)?.state == .failed)
    }

    @Test func `an order that was written down and is old by now is not sent`() async throws {
        let bench = try await JobBench()
        try await bench.decide()
        try await bench.attempt("execution", AttemptPlot { $0 == .before(.place) ? .die : .goOn })
        bench.wall.advance(301)
        let job = try await bench.attempt("execution")
        #expect(job.result["skipped"] == "STALE_DECISION")
        #expect(try await bench.orders().isEmpty)
    }
}
