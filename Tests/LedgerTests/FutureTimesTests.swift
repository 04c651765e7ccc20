import Foundation
import GRDB
import Testing
import Trading

@testable import Ledger

/// What a host whose clock was ahead has left behind.
@Suite struct FutureTimesTests {
    private func seed(_ scratch: Scratch) throws {
        try scratch.raw {
            try $0.execute(
                sql: """
                    INSERT INTO bots (id, name, pair, status, signal_confirmation_start, last_evaluation, created_at)
                        VALUES (1, 'a', 'BTC-USD', 'RUNNING', '2025-10-04 13:00:00.000000',
                            '2025-10-04T13:00:00Z', '2025-10-04 13:00:00.000000'),
                        (2, 'b', 'BTC-USD', 'RUNNING', '2025-10-04 13:00:00.000000', NULL, NULL);
                    INSERT INTO bot_signal_history (bot_id, timestamp, action)
                        VALUES (1, '2025-10-04 13:00:00', 'buy'), (1, '2025-10-04 13:00:01', 'sell'),
                            (1, '2025-10-03T11:00:00', 'buy');
                    INSERT INTO trades (bot_id, order_id, status, created_at, filled_at)
                        VALUES (1, 'o', 'completed', '2025-10-04 11:59:59.000000', '2025-10-04 14:00:00.000000');
                    """)
        }
    }

    @Test func `times in the future count as now, once, and others stay`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        try seed(scratch)
        let told = try await ledger.mendFutureTimes(ofBot: 1, at: noon)
        #expect(told.count == 4, "\(told)")
        #expect(told.contains { $0.hasPrefix("trades.filled_at of bot 1 was 2025-10-04 14:00:00") }, "\(told)")
        #expect(told.contains { $0.contains("timestamp") && $0.contains("and 1 more") }, "\(told)")
        #expect(try await ledger.mendFutureTimes(ofBot: 1, at: noon).isEmpty)
        let bot = try #require(try await ledger.bot(1))
        #expect(bot.confirmationStart == noon && bot.lastEvaluation == noon)
        #expect(bot.createdAtText == "2025-10-04 13:00:00.000000")
        #expect(try await ledger.latestFill(botID: 1)?.filledAt == noon)
        // The order of two that were dated in the future stays.
        #expect(try await ledger.lastAction(botID: 1, since: .distantPast)?.action == .sell)
        #expect(try await ledger.bot(2)?.confirmationStart == noon.addingTimeInterval(3_600))
    }

    @Test func `an evaluation after a clock that was ahead is kept at once`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        try seed(scratch)
        _ = try await ledger.mendFutureTimes(ofBot: 1, at: noon)
        _ = try await ledger.record(
            Evaluation(
                botID: 1, jobID: "j", at: noon, score: -0.5, action: .buy, confidence: 1, confirmationStart: noon))
        #expect(try await ledger.bot(1)?.currentCombinedScore == -0.5)
    }

    @Test func `an undecided order that was dated in the future is searched for from a day ago on`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        _ = try await ledger.beginIntent(try intent("a", job: "a"), botID: 1, fence: 1)
        _ = try await ledger.beginIntent(try intent("b", job: "b"), botID: 1, fence: 1)
        try scratch.raw {
            try $0.execute(
                sql: "UPDATE order_intents SET created_at = '2025-10-04 13:00:00.000000' WHERE client_order_id = 'a'")
        }
        #expect(try await ledger.mendFutureTimes(ofBot: nil, at: noon).count == 1)
        #expect(
            try await ledger.intent(clientOrderID: "a")?.intent.createdAt == noon.addingTimeInterval(-86_400))
        #expect(try await ledger.intent(clientOrderID: "b")?.intent.createdAt == noon)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 1e300, -1e300, 1e18, -1e18])
    func `no time is too far away to be written`(seconds: Double) throws {
        let text = LedgerTime(Date(timeIntervalSince1970: seconds)).text
        #expect(text.count == 26 && LedgerTime(text) != nil, "\(text)")
    }
}
