/// Weights of a bot's signals that follow from how their predictions came out: the share that each signal's score has
/// of all scores.
public struct AdaptiveWeights: Sendable, Equatable {
    /// Why a bot's weights stay as they are.
    public enum Refusal: Error, Sendable, Equatable, CustomStringConvertible {
        case noEnabledSignals
        /// By signal, how many predictions have a known outcome.
        case insufficient([SignalName: Int])
        case tooEarly(hours: Int)

        /// One sentence without a full stop, as the recorded results spell it.
        public var description: String {
            switch self {
            case .noEnabledSignals: return "No enabled signals found"
            case .insufficient(let counts):
                let list = SignalName.allCases.compactMap { name in counts[name].map { "\(name.rawValue): \($0)" } }
                let least = "(min \(AdaptiveWeights.leastPredictions))"
                return "Insufficient predictions: \(list.joined(separator: ", ")) \(least)"
            case .tooEarly(let hours): return "Updated less than \(hours) hours ago"
            }
        }
    }

    /// Each enabled signal needs so many predictions with a known outcome.
    public static let leastPredictions = 1
    /// Only predictions of the last 30 days count.
    public static let periodDays = 30
    /// Weights stay for so long. Below the six hours between two scheduled updates, so that a late one is no obstacle
    /// to the next, and a second run of an update finds nothing to do.
    public static let leastHours = 5
    /// A change is one when a weight moves by this much.
    public static let leastChange = 0.05

    /// The weights so far, of the enabled signals.
    public let old: [SignalName: Double]
    /// What the predictions of each enabled signal came to.
    public let outcomes: [SignalName: SignalOutcomes]
    /// Their sum is 1.
    public let new: [SignalName: Double]

    /// - Parameters:
    ///   - old: of the enabled signals; those of the bot's configuration, or of its last update.
    ///   - outcomes: of the bot's pair; a signal that is missing has none.
    ///   - hoursSinceUpdate: nil when there was none.
    /// - Throws: why the weights stay as they are; the number of predictions is looked at last.
    public init(
        old: [SignalName: Double], outcomes: [SignalName: SignalOutcomes], hoursSinceUpdate: Double?
    ) throws(Refusal) {
        guard !old.isEmpty else { throw .noEnabledSignals }
        // A time that is ahead is no reason to wait for it.
        if let hours = hoursSinceUpdate, (0..<Double(Self.leastHours)).contains(hours) {
            throw .tooEarly(hours: Self.leastHours)
        }
        let counts = old.keys.reduce(into: [SignalName: Int]()) { $0[$1] = outcomes[$1]?.total ?? 0 }
        guard counts.values.allSatisfy({ $0 >= Self.leastPredictions }) else { throw .insufficient(counts) }
        self.old = old
        self.outcomes = outcomes.filter { old[$0.key] != nil }
        let scores = self.outcomes.mapValues(\.score)
        let sum = SignalName.allCases.compactMap { scores[$0] }.reduce(0, +)
        new = sum > 0 ? scores.mapValues { $0 / sum } : old
    }

    /// Whether any weight moves far enough to be stored.
    public var isSignificant: Bool {
        old.contains { name, weight in abs((new[name] ?? weight) - weight) >= Self.leastChange }
    }

    /// The mean score, 0 to 1; stored as the confidence in the weights.
    public var confidence: Double {
        let scores = SignalName.allCases.compactMap { outcomes[$0]?.score }
        return scores.isEmpty ? 0 : scores.reduce(0, +) / Double(scores.count)
    }
}

extension SignalConfig {
    /// The weights of the enabled signals, as configured.
    public var weights: [SignalName: Double] {
        var weights: [SignalName: Double] = [:]
        weights[.rsi] = rsi?.weight
        weights[.movingAverage] = movingAverage?.weight
        weights[.macd] = macd?.weight
        return weights
    }
}
