import Foundation
import JobQueue
import Ledger
import Testing

@testable import Jobs

/// Weights and figures of signals, as jobs; compared with the recorded runs of the Celery tasks.
@Suite(.serialized)
struct SignalLearningTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../DashboardTests/Fixtures").standardized

    /// The recorded database with its predictions as of the last hour.
    private func bench() async throws -> JobBench {
        let bench = try await JobBench(
            fixture: Self.fixtures.appending(path: "../../LedgerTests/Fixtures/fixture.sql").standardized.path)
        let hour = bench.wall.unixSeconds - 3_600
        try await bench.sql("UPDATE signal_predictions SET timestamp = datetime(\(hour), 'unixepoch')")
        return bench
    }

    private struct Report: Decodable {
        struct Update: Decodable {
            struct Figures: Decodable {
                let accuracy, precision, avg_confidence, avg_pnl, performance_score: Double
                let total_predictions: Int
            }
            let bot_id: Int
            let success: Bool
            let message: String
            let old_weights, new_weights: [String: Double]
            let performance_metrics: [String: Figures]
        }
        let total_bots_checked, bots_updated, bots_skipped, bots_failed: Int
        let update_details: [Update]
    }

    private struct Outcome<Value: Decodable>: Decodable { let result: Value }

    private func decoded<Value: Decodable>(_ job: StoredJob, as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(Outcome<Value>.self, from: Data(job.envelope.outcome.utf8)).result
    }

    @Test func `all running bots are weighed as recorded, and no bot trades otherwise for it`() async throws {
        let bench = try await bench()
        let report = try decoded(
            try await bench.attempt("rebalance", #"{"what": "weights"}"#, id: "weights"), as: Report.self)
        #expect(report.total_bots_checked == 33 && report.bots_failed == 0)
        // The bot that the old backend could not look at, because it had weights, is weighed too.
        #expect(report.bots_updated + report.bots_skipped == 33)
        let updates = Dictionary(uniqueKeysWithValues: report.update_details.map { ($0.bot_id, $0) })
        let ether = try #require(updates[2])
        #expect(ether.success && ether.message == "Successfully updated weights for bot ETH-USD Bot (ETH-USD)")
        #expect(ether.old_weights == ["rsi": 0.4, "moving_average": 0.35, "macd": 0.25])
        let wanted = ["rsi": 0.35235308406789495, "moving_average": 0.3145186925304697, "macd": 0.33312822340163545]
        for (name, weight) in wanted { #expect(abs((ether.new_weights[name] ?? 0) - weight) < 1e-12) }
        let figures = try #require(ether.performance_metrics["rsi"])
        #expect(figures.accuracy == 1 && figures.precision == 0.5 && figures.total_predictions == 2)
        #expect(abs(figures.avg_confidence - 0.719549) < 1e-12 && figures.avg_pnl == 0)
        #expect(abs(figures.performance_score - 0.62988725) < 1e-12)
        #expect(updates[3]?.success == true && updates[4]?.success == true)
        #expect(updates[5]?.success == false && updates[5]?.message == "No significant weight changes needed")
        let config = try await bench.ledger.bot(2)?.signalConfig
        #expect(config?.contains(#""weight": 0.4"#) == true)
        #expect(try await bench.jobs("execution", .ready).isEmpty)
        let again = try decoded(
            try await bench.attempt("rebalance", #"{"what": "weights"}"#, id: "again"), as: Report.self)
        #expect(again.bots_updated == 0)
    }

    @Test func `one bot is weighed on its own, and a bot that is none is an error`() async throws {
        let bench = try await bench()
        let update = try decoded(
            try await bench.attempt("rebalance", #"{"what": "weights", "bot_id": 6}"#, id: "six"),
            as: Report.Update.self)
        #expect(!update.success && update.new_weights.isEmpty)
        let reason = "Update skipped: Insufficient predictions: rsi: 0, moving_average: 0, macd: 0 (min 1)"
        #expect(update.message == reason)
        let none = try await bench.attempt("rebalance", #"{"what": "weights", "bot_id": 999}"#, id: "none")
        #expect(none.state != .succeeded)
    }

    @Test func `a bot whose configuration cannot be read is skipped`() async throws {
        let bench = try await bench()
        try await bench.sql("UPDATE bots SET signal_config = '{' WHERE id = 2")
        let report = try decoded(
            try await bench.attempt("rebalance", #"{"what": "weights"}"#, id: "weights"), as: Report.self)
        #expect(report.bots_failed == 0 && report.total_bots_checked == 33)
        #expect(report.update_details.map(\.bot_id).contains(3) && !report.update_details.map(\.bot_id).contains(2))
    }

    @Test func `figures are as recorded: no group is large enough`() async throws {
        let bench = try await bench()
        let job = try await bench.attempt("rebalance", #"{"what": "performance-metrics"}"#, id: "figures")
        let result = job.envelope.outcome
        #expect(result.contains(#""message":"Successfully calculated 0 performance metrics""#))
        #expect(result.contains(#""metrics_calculated":0"#) && result.contains(#""pair_filter":null"#))
    }

    @Test func `old rows are pruned without the exchange, trades never`() async throws {
        let bench = try await bench()
        let job = try await bench.attempt("cache-refresh", #"{"what": "prune", "days": 30}"#, id: "prune")
        let deleted = try decoded(job, as: [String: String].self)
        #expect(deleted["bot_signal_history"] == "159" && deleted["signal_predictions"] == nil)
        #expect(try await bench.ledger.trades(limit: 100).count == 59)
        #expect(bench.record.calls.isEmpty)
    }
}
