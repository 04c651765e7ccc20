import Foundation
import GRDB
import Testing
import Trading

@testable import Ledger

@Suite struct EvaluationTests {
    private func evaluation(_ job: String, minutes: Double = 0, action: Action = .buy) -> Evaluation {
        Evaluation(
            botID: 1, jobID: job, at: noon + minutes * 60, score: -0.25, action: action, confidence: 0.5,
            signalScoresJSON: "{\"rsi\":-0.25}", price: 60_000, confirmationStart: noon)
    }

    @Test func `an evaluation updates the bot and adds one row however often it runs`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let ledger = try await scratch.open()
        let first = try await ledger.record(evaluation("e1"))
        guard case .recorded(let row) = first else { return #expect(Bool(false)) }
        #expect(row.action == .buy && row.score == -0.25 && row.at == noon)
        let second = try await ledger.record(evaluation("e1", minutes: 1, action: .sell))
        #expect(second == .alreadyRecorded(row))
        let bot = try #require(try await ledger.bot(1))
        #expect(bot.currentCombinedScore == -0.25 && bot.lastEvaluation == noon && bot.confirmationStart == noon)
        #expect(bot.updatedAt == noon)
        try scratch.raw { db throws in
            #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM bot_signal_history") == 160)
            #expect(
                try String.fetchOne(db, sql: "SELECT action || timestamp FROM bot_signal_history WHERE job_id = 'e1'")
                    == "buy2025-10-04 12:00:00.000000")
        }
    }

    @Test func `a late evaluation leaves the bot's newer score`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let ledger = try await scratch.open()
        _ = try await ledger.record(evaluation("new", minutes: 5))
        _ = try await ledger.record(evaluation("late"))
        #expect(try await ledger.bot(1)?.lastEvaluation == noon + 300)
    }

    @Test func `an evaluation of no bot is refused and leaves no row`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        await #expect(throws: LedgerError.noSuchBot(id: 1)) { try await ledger.record(evaluation("e")) }
        #expect(try scratch.raw { try Int.fetchOne($0, sql: "SELECT count(*) FROM bot_signal_history") } == 0)
    }

    @Test func `the gate sees the action before this job's own`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let ledger = try await scratch.open()
        let bot = try #require(try await ledger.bot(1)?.bot)
        _ = try await ledger.record(evaluation("e1", action: .sell))
        _ = try await ledger.record(evaluation("e2", minutes: 5))
        let record = try await ledger.gateRecord(of: bot, forJob: "e2", at: noon + 300)
        #expect(record.previousAction == .sell && record.confirmationStart == noon)
        #expect(record.lastFillAt == noon - 2 * 86_400 - 11 * 3600 - 3 * 60 + 12)
        #expect(try await ledger.gateRecord(of: bot, forJob: "e3", at: noon + 300).previousAction == .buy)
        #expect(try await ledger.gateRecord(of: bot, forJob: "e3", at: noon + 86_400).previousAction == nil)
    }

    @Test func `pruning deletes old history only`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let ledger = try await scratch.open()
        _ = try await ledger.record(evaluation("e1"))
        let deleted = try await ledger.prune(olderThan: noon)
        #expect(deleted.values.reduce(0, +) > 159)
        #expect(try await ledger.prune(olderThan: noon).isEmpty)
        #expect(try await ledger.lastAction(botID: 1, since: .distantPast)?.jobID == "e1")
        #expect(try await ledger.trades(limit: 100).count == 59)
    }
}
