import Foundation
import JobQueue
import Ledger
import Trading

/// Learns from how the predictions of signals came out. Reads and writes the ledger alone, and places no order: the
/// weights are a finding, a bot trades by its own configuration.
struct SignalLearning: Sendable {
    private let ledger: Ledger
    private let now: @Sendable () -> Date

    init(_ dependencies: JobDependencies) {
        ledger = dependencies.ledger
        now = dependencies.now
    }

    /// Weighs the signals of each running bot anew.
    func updateAll() async throws -> WeightsReport {
        let begun = now()
        var report = WeightsReport(timestamp: Self.text(begun))
        let (outcomes, newest) = (try await outcomes(), try await ledger.newestWeights())
        for bot in try await ledger.runningBots() {
            report.count(try await update(bot, outcomes[bot.pair] ?? [:], newest[bot.id]))
        }
        return report
    }

    /// Weighs the signals of one bot anew, whether it runs or not.
    func update(botID: Int) async throws -> WeightUpdate {
        guard let bot = try await ledger.bot(botID) else { throw LedgerError.noSuchBot(id: botID) }
        let outcomes = try await outcomes()
        return try await update(bot, outcomes[bot.pair] ?? [:], try await ledger.newestWeights()[bot.id])
    }

    /// Gives due predictions their outcome, and stores the figures of each pair, regime and signal.
    func calculateMetrics(pair: String?, regime: String?) async throws -> MetricsReport {
        let at = now()
        let settled = try await ledger.settlePredictions(at: at)
        let groups = try await ledger.outcomes(since: since(at), pair: pair, regime: regime, byRegime: true)
        let count = try await ledger.record(groups, at: at)
        return MetricsReport(
            success: true, metricsCalculated: count, predictionsSettled: settled, pairFilter: pair,
            regimeFilter: regime, timestamp: Self.text(at),
            message: "Successfully calculated \(count) performance metrics")
    }

    private func outcomes() async throws -> [String: [SignalName: SignalOutcomes]] {
        var outcomes: [String: [SignalName: SignalOutcomes]] = [:]
        for group in try await ledger.outcomes(since: since(now())) {
            outcomes[group.pair, default: [:]][group.signal] = group.outcomes
        }
        return outcomes
    }

    private func since(_ time: Date) -> Date {
        time.addingTimeInterval(-Double(AdaptiveWeights.periodDays) * 86_400)
    }

    private func update(
        _ bot: BotRecord, _ outcomes: [SignalName: SignalOutcomes], _ newest: WeightRecord?
    ) async throws -> WeightUpdate {
        let at = now()
        var update = WeightUpdate(botID: bot.id, timestamp: Self.text(at))
        do {
            let configured = try SignalConfig(json: bot.signalConfig).weights
            // After an update its weights are the old ones, as long as they are for the same signals.
            let kept = newest.flatMap { Set($0.weights.keys) == Set(configured.keys) ? $0.weights : nil }
            let hours = newest?.at.map { at.timeIntervalSince($0) / 3_600 }
            let adaptive = try AdaptiveWeights(old: kept ?? configured, outcomes: outcomes, hoursSinceUpdate: hours)
            update.show(adaptive)
            guard adaptive.isSignificant else {
                update.message = "No significant weight changes needed"
                return update
            }
            let weights = NewWeights(botID: bot.id, pair: bot.pair, configured: configured, adaptive: adaptive)
            update.success = try await ledger.record(weights, at: at)
            update.message =
                update.success
                ? "Successfully updated weights for bot \(bot.name) (\(bot.pair))" : "Updated by another run meanwhile"
        } catch let refusal as AdaptiveWeights.Refusal {
            update.message = "Update skipped: \(refusal)"
        } catch let error as TradingError {
            // The next evaluation takes the bot out of trading, with the same reason.
            update.message = "Update skipped: \(error)"
        }
        return update
    }

    private static func text(_ time: Date) -> String { ResultText.time(time) }
}
