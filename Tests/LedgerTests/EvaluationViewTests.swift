import Foundation
import GRDB
import Testing
import Trading

@testable import Ledger

/// What pages show of an evaluation is written with it.
@Suite struct EvaluationViewTests {
    private let trend = TrendAnalysis(
        strength: 0.25, confidence: 0.9, regime: .trending, alignment: .bullish, isVolumeConfirmed: true,
        short: TrendWindow.none, medium: TrendWindow.none, long: TrendWindow.none)

    private func evaluation(_ job: String, minutes: Double = 0, bot: Int = 1, gate: ActionGate.Reason = .confirming)
        -> Evaluation
    {
        let view = EvaluationView(
            product: bitcoin, scoring: .legacy, gate: gate, balanceProblem: "too poor",
            balance: EvaluationView.BalanceSummary(isSufficient: false, message: "too poor to sell"),
            sizing: LegacySizing(base: 20, trend: trend, confidence: 0.5), trend: trend)
        return Evaluation(
            botID: bot, jobID: job, at: noon + minutes * 60, score: -0.25, action: .buy, confidence: 0.5,
            price: 60_000, view: view)
    }

    private func status(_ ledger: Ledger, _ bot: Int = 1) async throws -> BotStatusRecord {
        try #require(try await ledger.botStatuses().first { $0.bot.id == bot })
    }

    @Test func `a row is written once for each bot and replaced by the next evaluation`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let ledger = try await scratch.open()
        #expect(try await status(ledger).evaluation == nil)
        _ = try await ledger.record(evaluation("e1"))
        let first = try #require(try await status(ledger).evaluation)
        #expect(first.at == noon && first.action == .buy && first.confidence == 0.5 && first.price == 60_000)
        #expect(!first.isAllowed && !first.isBlocked && first.balanceProblem == "too poor")
        #expect(first.balance?.isSufficient == false && first.balance?.message == "too poor to sell")
        #expect(first.sizing == LegacySizing(base: 20, trend: trend, confidence: 0.5))
        // The same job again changes nothing.
        _ = try await ledger.record(evaluation("e1", minutes: 9, gate: .allowed))
        #expect(try await status(ledger).evaluation == first)
        _ = try await ledger.record(evaluation("e2", minutes: 5, gate: .allowed))
        #expect(try await status(ledger).evaluation?.isAllowed == true)
        #expect(try scratch.raw { try Int.fetchOne($0, sql: "SELECT count(*) FROM bot_evaluations") } == 1)
    }

    @Test func `a late evaluation leaves what pages show`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let ledger = try await scratch.open()
        _ = try await ledger.record(evaluation("new", minutes: 5, gate: .allowed))
        _ = try await ledger.record(evaluation("late"))
        let shown = try await status(ledger)
        #expect(shown.evaluation?.at == noon + 300 && shown.trend?.at == noon + 300)
        #expect(try scratch.raw { try Int.fetchOne($0, sql: "SELECT count(*) FROM trend_data") } == 1)
    }

    @Test func `products have one trend, whichever bot found it`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let ledger = try await scratch.open()
        for (bot, minutes) in [(1, 0.0), (2, 0), (1, 5), (2, 6)] {
            _ = try await ledger.record(evaluation("e-\(bot)-\(minutes)", minutes: minutes, bot: bot))
        }
        let record = try #require(try await ledger.trends(of: ["BTC-USD", "ETH-USD"])["BTC-USD"])
        #expect(record.trend == trend && record.at == noon + 360)
        #expect(try await ledger.trends(of: ["BTC-USD", "ETH-USD"]).count == 1)
        #expect(try scratch.raw { try Int.fetchOne($0, sql: "SELECT count(*) FROM trend_data") } == 1)
    }

    @Test func `a trend without a bot is stored too, and one that says nothing replaces none`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let ledger = try await scratch.open()
        func stored() async throws -> TrendRecord? { try await ledger.trends(of: ["BTC-USD"])["BTC-USD"] }
        try await ledger.store(.unknown, of: bitcoin, at: noon)
        #expect(try await stored()?.trend == .unknown)
        for (trend, minutes) in [(trend, 1.0), (.unknown, 2)] {
            try await ledger.store(trend, of: bitcoin, at: noon + minutes * 60)
        }
        let kept = try await stored()
        #expect(kept?.trend == trend && kept?.at == noon + 60)
        #expect(try await status(ledger).evaluation == nil)
    }

    @Test func `a new bot with the id of a deleted one begins without an evaluation`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let ledger = try await scratch.open()
        _ = try await ledger.record(evaluation("old", minutes: 60))
        try scratch.raw { try $0.execute(sql: "UPDATE bots SET created_at = '2026-01-01 00:00:00' WHERE id = 1") }
        #expect(try await status(ledger).evaluation == nil)
        // Its own replaces the row, although the old bot's was later.
        _ = try await ledger.record(evaluation("new"))
        #expect(try await status(ledger).evaluation?.at == noon)
    }

    @Test func `an evaluation without a view leaves the one before`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let ledger = try await scratch.open()
        _ = try await ledger.record(evaluation("e1"))
        var bare = evaluation("e2", minutes: 5)
        bare.view = nil
        _ = try await ledger.record(bare)
        #expect(try await status(ledger).evaluation?.at == noon)
    }

    @Test func `holdings count filled trades, in any case of their words`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let ledger = try await scratch.open()
        #expect(try await abs(status(ledger, 32).heldBase - (11.066401 + 11.082922)) < 1e-9)
        for bot in [18, 26, 27, 28, 29] { #expect(try await status(ledger, bot).heldBase == 0, "\(bot)") }
        let first = try await status(ledger)
        #expect(first.lastTrade?.status == "pending" && first.lastFillAt == noon - 212_568)
    }
}
