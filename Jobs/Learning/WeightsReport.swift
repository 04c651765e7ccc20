import Trading

/// The result of weighing one bot's signals anew.
struct WeightUpdate: Encodable, Sendable {
    /// What one signal's predictions came to.
    struct Figures: Encodable, Sendable {
        let accuracy, precision: Double
        let predictions: Int
        let confidence, profit, score: Double

        init(_ outcomes: SignalOutcomes) {
            accuracy = outcomes.accuracy
            precision = outcomes.precision
            predictions = outcomes.total
            confidence = outcomes.meanConfidence
            profit = outcomes.meanProfit
            score = outcomes.score
        }

        enum CodingKeys: String, CodingKey {
            case accuracy, precision
            case predictions = "total_predictions"
            case confidence = "avg_confidence"
            case profit = "avg_pnl"
            case score = "performance_score"
        }
    }

    let botID: Int
    /// Whether new weights were stored.
    var success = false
    var message = ""
    /// By signal; empty when the update was skipped.
    private(set) var oldWeights: [String: Double] = [:]
    private(set) var newWeights: [String: Double] = [:]
    private(set) var figures: [String: Figures] = [:]
    let timestamp: String

    init(botID: Int, timestamp: String) {
        self.botID = botID
        self.timestamp = timestamp
    }

    /// Whether the predictions were enough to compare weights.
    var isEligible: Bool { !newWeights.isEmpty }

    mutating func show(_ weights: AdaptiveWeights) {
        oldWeights = Self.named(weights.old)
        newWeights = Self.named(weights.new)
        figures = Self.named(weights.outcomes).mapValues { Figures($0) }
    }

    private static func named<Value>(_ values: [SignalName: Value]) -> [String: Value] {
        Dictionary(uniqueKeysWithValues: values.map { ($0.key.rawValue, $0.value) })
    }

    enum CodingKeys: String, CodingKey {
        case botID = "bot_id"
        case success, message
        case oldWeights = "old_weights"
        case newWeights = "new_weights"
        case figures = "performance_metrics"
        case timestamp
    }
}

/// The result of weighing the signals of all running bots anew.
struct WeightsReport: Encodable, Sendable {
    private(set) var checked = 0, updated = 0, skipped = 0
    /// What fails is the whole job, which is tried again.
    let failed = 0
    /// Of bots whose predictions were enough.
    private(set) var details: [WeightUpdate] = []
    let timestamp: String

    init(timestamp: String) { self.timestamp = timestamp }

    mutating func count(_ update: WeightUpdate) {
        checked += 1
        updated += update.success ? 1 : 0
        skipped += update.success ? 0 : 1
        if update.isEligible { details.append(update) }
    }

    enum CodingKeys: String, CodingKey {
        case checked = "total_bots_checked"
        case updated = "bots_updated"
        case skipped = "bots_skipped"
        case failed = "bots_failed"
        case details = "update_details"
        case timestamp
    }
}

/// The result of storing the figures about signals.
struct MetricsReport: Encodable, Sendable {
    let success: Bool
    let metricsCalculated: Int
    /// Predictions that got their outcome now.
    let predictionsSettled: Int
    /// Null for all.
    let pairFilter, regimeFilter: String?
    let timestamp, message: String

    enum CodingKeys: String, CodingKey {
        case success
        case metricsCalculated = "metrics_calculated"
        case predictionsSettled = "predictions_settled"
        case pairFilter = "pair_filter"
        case regimeFilter = "regime_filter"
        case timestamp, message
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(success, forKey: .success)
        try fields.encode(metricsCalculated, forKey: .metricsCalculated)
        try fields.encode(predictionsSettled, forKey: .predictionsSettled)
        try fields.encode(pairFilter, forKey: .pairFilter)
        try fields.encode(regimeFilter, forKey: .regimeFilter)
        try fields.encode(timestamp, forKey: .timestamp)
        try fields.encode(message, forKey: .message)
    }
}
