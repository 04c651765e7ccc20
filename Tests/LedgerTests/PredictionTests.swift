import Foundation
import GRDB
import Testing
import Trading

@testable import Ledger

/// Predictions of signals, their outcomes, and the weights that follow.
@Suite struct PredictionTests {
    private func ledger(_ scratch: Scratch, _ sql: String = "") async throws -> Ledger {
        try scratch.useFixture()
        if !sql.isEmpty { try scratch.raw { try $0.execute(sql: sql) } }
        return try await scratch.open()
    }

    private func prediction(_ action: Action, _ signal: SignalName = .rsi) -> NewPrediction {
        NewPrediction(pair: "BTC-USD", signal: signal, score: -0.2, action: action, confidence: 0.5)
    }

    @Test func `a prediction is stored when its action changes, and once an hour`() async throws {
        let scratch = try Scratch()
        let ledger = try await ledger(scratch, "DELETE FROM signal_predictions")
        func record(_ action: Action, minutes: Double) async throws -> Int {
            try await ledger.record(
                predictions: [prediction(action), prediction(.hold, .macd)], at: noon.addingTimeInterval(minutes * 60))
        }
        #expect(try await record(.buy, minutes: 0) == 2)
        #expect(try await record(.buy, minutes: 0) == 0)
        #expect(try await record(.sell, minutes: 0) == 0)
        #expect(try await record(.buy, minutes: 1) == 0)
        #expect(try await record(.hold, minutes: 2) == 1)
        #expect(try await record(.hold, minutes: 61) == 1)
        #expect(try await record(.hold, minutes: 62) == 1)
        #expect(try await ledger.predictionTally().total == 5)
    }

    @Test func `a due prediction gets its outcome by the prices that evaluations have recorded`() async throws {
        let scratch = try Scratch()
        let ledger = try await ledger(
            scratch,
            """
            DELETE FROM signal_predictions; DELETE FROM bot_signal_history;
            INSERT INTO bot_signal_history (bot_id, timestamp, price) VALUES
                (1, '2025-10-04 10:00:05.000000', 100), (1, '2025-10-04 11:00:05.000000', 102),
                (2, '2025-10-04 10:00:05.000000', 50), (1, '2025-10-04 10:30:00.000000', 'x');
            INSERT INTO signal_predictions (timestamp, pair, signal_type, prediction, confidence) VALUES
                ('2025-10-04 10:00:00.000000', 'BTC-USD', 'rsi', 'buy', 0.5),
                ('2025-10-04 10:00:00.000000', 'BTC-USD', 'macd', 'sell', 0.5),
                ('2025-10-04 10:00:00.000000', 'BTC-USD', 'moving_average', 'hold', 0.5),
                ('2025-10-04 10:00:00.000000', 'ETH-USD', 'rsi', 'buy', 0.5),
                ('2025-10-04 11:30:00.000000', 'BTC-USD', 'rsi', 'buy', 0.5),
                ('2025-10-04 10:00:00.000000', NULL, 'rsi', 'perhaps', 0.5);
            """)
        #expect(try await ledger.settlePredictions(at: noon) == 3)
        #expect(try await ledger.settlePredictions(at: noon) == 0)
        let outcomes = try scratch.raw {
            try String.fetchAll($0, sql: "SELECT coalesce(outcome, '') FROM signal_predictions ORDER BY id")
        }
        #expect(outcomes == ["true_positive", "false_positive", "false_negative", "", "", ""])
    }

    @Test func `outcomes are counted by pair and signal`() async throws {
        let scratch = try Scratch()
        let ledger = try await ledger(scratch)
        let groups = try await ledger.outcomes(since: noon.addingTimeInterval(-30 * 86_400))
        let group = try #require(groups.first { $0.pair == "ETH-USD" && $0.signal == .rsi })
        #expect(group.outcomes.total == 2 && group.outcomes.accuracy == 1 && group.outcomes.precision == 0.5)
        #expect(abs(group.outcomes.meanConfidence - 0.719549) < 1e-12 && group.outcomes.meanProfit == 0)
        #expect(groups.map(\.outcomes.total).reduce(0, +) == 20 && groups.allSatisfy { $0.regime == nil })
        let choppy = try await ledger.outcomes(
            since: .distantPast, pair: "BTC-USD", regime: "CHOPPY", byRegime: true)
        #expect(Set(choppy.map(\.regime)) == ["CHOPPY"] && choppy.map(\.outcomes.total).reduce(0, +) == 2)
        #expect(try await ledger.outcomes(since: noon).isEmpty)
    }

    @Test func `rows with nonsense are no group and no number`() async throws {
        let scratch = try Scratch()
        let ledger = try await ledger(
            scratch,
            """
            INSERT INTO signal_predictions (timestamp, pair, signal_type, prediction, confidence, outcome) VALUES
                ('2025-10-04 10:00:00', 'BTC-USD', 'astrology', 'buy', 0.5, 'true_positive'),
                ('2025-10-04 10:00:00', NULL, 'rsi', 'buy', 'sure', 'true_positive'),
                ('2025-10-04 10:00:00', 'XTZ-USD', 'RSI', x'00', 'sure', 'maybe'),
                (x'00', 'XTZ-USD', 'rsi', 7, 9e999, 'true_positive');
            """)
        let groups = try await ledger.outcomes(since: noon.addingTimeInterval(-86_400))
        let tezos = groups.filter { $0.pair == "XTZ-USD" }
        #expect(tezos.allSatisfy { $0.signal == .rsi && $0.outcomes.accuracy <= 1 && $0.outcomes.score.isFinite })
    }

    @Test func `weights are stored once in a while, and read with the names of both programs`() async throws {
        let scratch = try Scratch()
        let ledger = try await ledger(scratch)
        let old = try #require(try await ledger.newestWeights()[1])
        #expect(old.weights == [.rsi: 0.35, .movingAverage: 0.4, .macd: 0.25])
        var right = SignalOutcomes()
        (right.total, right.truePositives, right.meanConfidence) = (4, 4, 0.5)
        let adaptive = try AdaptiveWeights(
            old: [.rsi: 0.8, .macd: 0.2], outcomes: [.rsi: right, .macd: right], hoursSinceUpdate: nil)
        let new = NewWeights(botID: 2, pair: "ETH-USD", configured: adaptive.old, adaptive: adaptive)
        #expect(try await ledger.record(new, at: noon))
        #expect(try await !ledger.record(new, at: noon))
        #expect(try await !ledger.record(new, at: noon.addingTimeInterval(3_600)))
        #expect(try await ledger.record(new, at: noon.addingTimeInterval(6 * 3_600)))
        let stored = try #require(try await ledger.newestWeights()[2])
        #expect(stored.weights == [.rsi: 0.5, .macd: 0.5] && stored.at == noon.addingTimeInterval(6 * 3_600))
    }

    @Test func `figures are stored for groups that are large enough, in place of the old ones`() async throws {
        let scratch = try Scratch()
        let ledger = try await ledger(scratch)
        var outcomes = SignalOutcomes()
        (outcomes.total, outcomes.truePositives) = (20, 15)
        let large = OutcomeGroup(pair: "BTC-USD", regime: "CHOPPY", signal: .rsi, outcomes: outcomes)
        outcomes.total = 19
        let small = OutcomeGroup(pair: "BTC-USD", regime: nil, signal: .macd, outcomes: outcomes)
        for _ in 0..<2 { #expect(try await ledger.record([large, small], at: noon) == 1) }
        let rows = try scratch.raw {
            try Row.fetchAll(
                $0, sql: "SELECT * FROM signal_performance_metrics WHERE pair = 'BTC-USD' AND signal_type = 'rsi'")
        }
        #expect(rows.count == 1 && rows.first?["accuracy"] == 0.75 && rows.first?["total_predictions"] == 20)
    }
}
