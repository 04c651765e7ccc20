import Foundation
public import Trading

/// Weights to be stored for a bot.
public struct NewWeights: Sendable, Equatable {
    public let botID: Int
    /// Such as `BTC-USD`.
    public let pair: String
    /// Of the bot's configuration.
    public let configured: [SignalName: Double]
    public let adaptive: AdaptiveWeights

    /// Writes nothing; `Ledger.record` does.
    public init(botID: Int, pair: String, configured: [SignalName: Double], adaptive: AdaptiveWeights) {
        self.botID = botID
        self.pair = pair
        self.configured = configured
        self.adaptive = adaptive
    }

    static func json(_ weights: [SignalName: Double]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let named = Dictionary(uniqueKeysWithValues: weights.map { ($0.key.rawValue, $0.value) })
        return String(decoding: try encoder.encode(named), as: UTF8.self)
    }
}
