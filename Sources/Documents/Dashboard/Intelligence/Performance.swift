extension IntelligenceDocument {
    /// What predictions and closed positions come to.
    public struct Performance: Encodable, Sendable {
        let totalPredictions: Int
        let evaluationRate, overallAccuracy, totalProfit, profitPerSignal: Double
        let profitable, losing, neutral: Int
        let lossPrevention: Double

        /// - Parameters:
        ///   - evaluationRate: share of predictions whose outcome is known, 0 to 1.
        ///   - accuracy: share of these that were right, 0 to 1.
        ///   - profitPerSignal: quote units for one closed trade.
        ///   - losses: what the losing bots have lost, above 0: what pausing them would have saved.
        public init(
            predictions: Int, evaluationRate: Double, accuracy: Double, profit: Double, profitPerSignal: Double,
            profitable: Int, losing: Int, neutral: Int, losses: Double
        ) {
            totalPredictions = predictions
            self.evaluationRate = evaluationRate
            overallAccuracy = accuracy
            totalProfit = profit
            self.profitPerSignal = profitPerSignal
            self.profitable = profitable
            self.losing = losing
            self.neutral = neutral
            lossPrevention = losses
        }

        enum CodingKeys: String, CodingKey {
            case totalPredictions = "total_predictions"
            case evaluationRate = "evaluation_rate"
            case overallAccuracy = "overall_accuracy"
            case totalProfit = "total_profit"
            case profitPerSignal = "avg_profit_per_signal"
            case profitable = "profitable_bots"
            case losing = "losing_bots"
            case neutral = "neutral_bots"
            case lossPrevention = "loss_prevention_amount"
        }
    }
}
