import Documents
import Foundation
import Ledger
import Trading

/// Bots, predictions and fills of the ledger in one document. Nothing in it is a constant of this program but the
/// number of phases.
struct IntelligenceReading: Sendable {
    private let ledger: Ledger
    private let now: @Sendable () -> Date

    /// Longest list of winners, and of losers.
    private static let mostLeaders = 5
    /// A regime that is older is not the market's any more.
    private static let regimeSeconds: TimeInterval = 86_400

    init(_ dependencies: DashboardDependencies) {
        ledger = dependencies.ledger
        now = dependencies.now
    }

    func document() async throws -> IntelligenceDocument {
        let bots = try await ledger.bots()
        let running = bots.filter { $0.status == .running }
        let tally = try await ledger.predictionTally()
        let products = try await ledger.productFills()
        let pairs = Set(running.map(\.pair))
        let results = products.filter { pairs.contains($0.productID) }.map { PairResult($0) }
        let selection = MarketSelection(results)
        let regime = try await ledger.regime(of: "BTC-USD", since: now().addingTimeInterval(-Self.regimeSeconds))
        return IntelligenceDocument(
            bots: IntelligenceDocument.Bots(
                total: bots.count, active: running.count, aiEnabled: bots.count(where: \.usesPositionSizing),
                uniquePairs: Set(bots.map(\.pair)).count),
            performance: performance(running, tally, results, selection), signals: Self.signals(tally),
            profitLeaders: IntelligenceDocument.ProfitLeaders(
                winners: selection.winners.prefix(Self.mostLeaders).map { .init($0) },
                losers: selection.losers.prefix(Self.mostLeaders).map { .init($0) }),
            marketSelection: IntelligenceDocument.Selection(
                insights: selection.insights, winnersProfit: selection.won.doubleValue,
                losersLoss: selection.lost.doubleValue),
            framework: IntelligenceDocument.Framework(
                regimeDetection: bots.contains(where: \.usesTrendDetection),
                positionSizing: bots.contains(where: \.usesPositionSizing), performanceTracking: tally.total > 0,
                adaptiveWeighting: try await ledger.hasAdaptedWeights(), profitOptimization: !products.isEmpty,
                marketSelection: results.contains { $0.closings > 0 }),
            insights: Self.insights(results, selection, tally),
            marketRegime: IntelligenceDocument.Regime(
                current: regime?.regime, strength: regime?.strength, confidence: regime?.confidence))
    }

    /// A bot has earned what its pair has: fills do not say which bot they are of.
    private func performance(
        _ running: [BotRecord], _ tally: PredictionTally, _ results: [PairResult], _ selection: MarketSelection
    ) -> IntelligenceDocument.Performance {
        let winners = Set(selection.winners.map(\.pair))
        let losers = Set(selection.losers.map(\.pair))
        let profitable = running.count { winners.contains($0.pair) }
        let losing = running.count { losers.contains($0.pair) }
        let profit = results.sum(\.profit)
        let closings = results.map(\.closings).reduce(0, +)
        return IntelligenceDocument.Performance(
            predictions: tally.total, evaluationRate: tally.all.evaluatedShare, accuracy: tally.all.accuracy,
            profit: profit, profitPerSignal: closings > 0 ? profit / Double(closings) : 0, profitable: profitable,
            losing: losing, neutral: running.count - profitable - losing, losses: (-selection.lost).doubleValue)
    }

    private static func signals(
        _ tally: PredictionTally
    ) -> [(name: String, value: IntelligenceDocument.SignalAccuracy)] {
        let counts = [
            ("rsi", tally.signals["rsi"]), ("macd", tally.signals["macd"]), ("ma", tally.signals["moving_average"]),
            ("combined", tally.all),
        ]
        return counts.map { name, count in
            (name, IntelligenceDocument.SignalAccuracy(accuracy: count?.accuracy ?? 0, count: count?.rows ?? 0))
        }
    }

    private static func insights(
        _ results: [PairResult], _ selection: MarketSelection, _ tally: PredictionTally
    ) -> [String] {
        [
            "Profit optimization system tracking \(dollars(results.sum(\.profit))) portfolio P&L",
            "Market selection identified \(selection.winners.count) profitable pairs",
            "Auto-pause recommendations prevent \(dollars((-selection.lost).doubleValue)) in losses",
            "\(tally.all.evaluated) of \(tally.total) signal predictions evaluated",
        ]
    }

    private static func dollars(_ amount: Double) -> String {
        (amount < 0 ? "-$" : "$") + String(format: "%.2f", abs(amount))
    }
}

extension PairResult {
    fileprivate init(_ product: ProductFills) {
        let position = product.profit.position
        self.init(
            pair: product.productID, profit: position.realized, closings: position.closings, gains: position.gains)
    }
}

extension IntelligenceDocument.ProfitLeader {
    fileprivate init(_ result: PairResult) {
        self.init(
            pair: result.pair, profit: result.profit.doubleValue, profitPerTrade: result.profitPerTrade,
            winRate: result.winRate)
    }
}
