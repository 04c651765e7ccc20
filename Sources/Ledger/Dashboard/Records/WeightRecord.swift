public import Foundation
import GRDB
public import Trading

/// Weights that were adapted; a row of `adaptive_signal_weights`.
public struct WeightRecord: Sendable, Equatable {
    /// Those of the signals that are known; aliases of the Python application are read too.
    public let weights: [SignalName: Double]
    /// Nil for a stored time that cannot be read.
    public let at: Date?

    init(_ row: Row) {
        weights = WeightRecord.weights(row.text("signal_weights") ?? "")
        at = row.time("created_at")
    }

    private static func weights(_ json: String) -> [SignalName: Double] {
        let stored = (try? JSONDecoder().decode([String: Double].self, from: Data(json.utf8))) ?? [:]
        var weights: [SignalName: Double] = [:]
        for (key, weight) in stored.sorted(by: { $0.key < $1.key }) {
            if let name = SignalName(configKey: key), weight.isFinite { weights[name] = weights[name] ?? weight }
        }
        return weights
    }
}
