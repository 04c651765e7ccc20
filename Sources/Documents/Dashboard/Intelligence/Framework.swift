extension IntelligenceDocument {
    /// Which parts of the trading system are at work.
    public struct Framework: Encodable, Sendable {
        /// How many parts the old backend counts.
        let phasesCompleted = 4
        let regimeDetection, positionSizing, performanceTracking, adaptiveWeighting: Bool
        let profitOptimization, marketSelection: Bool

        /// - Parameters:
        ///   - regimeDetection: a bot looks at the trend.
        ///   - positionSizing: a bot sizes its positions by the market.
        ///   - performanceTracking: there are predictions.
        ///   - adaptiveWeighting: weights were adapted.
        ///   - profitOptimization: there are fills.
        ///   - marketSelection: positions were closed.
        public init(
            regimeDetection: Bool, positionSizing: Bool, performanceTracking: Bool, adaptiveWeighting: Bool,
            profitOptimization: Bool, marketSelection: Bool
        ) {
            self.regimeDetection = regimeDetection
            self.positionSizing = positionSizing
            self.performanceTracking = performanceTracking
            self.adaptiveWeighting = adaptiveWeighting
            self.profitOptimization = profitOptimization
            self.marketSelection = marketSelection
        }

        enum CodingKeys: String, CodingKey {
            case phasesCompleted = "phases_completed"
            case regimeDetection = "regime_detection_active"
            case positionSizing = "position_sizing_enabled"
            case performanceTracking = "performance_tracking_active"
            case adaptiveWeighting = "adaptive_weighting_enabled"
            case profitOptimization = "profit_optimization_active"
            case marketSelection = "market_selection_learning"
        }
    }
}
