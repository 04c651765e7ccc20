import Documents
import Foundation
import Ledger
import Trading

/// Rows of a bot's history. The Python application stores what each signal said as an object, this program its score
/// alone: that becomes an object too.
struct SignalHistoryReading {
    let entries: [SignalHistoryDocument.Entry]

    /// - Parameter records: the newest first.
    init(_ records: [SignalRecord]) {
        entries = records.map { record in
            SignalHistoryDocument.Entry(
                at: NaiveTime(record.at), score: record.score, action: record.action.rawValue.lowercased(),
                confidence: record.confidence,
                signals: Self.object(record.signalScoresJSON) { value in
                    switch value {
                    case .number, .integer: .object(["score": value])
                    default: value
                    }
                },
                metadata: Self.object(record.metadataJSON) { $0 }, price: record.price)
        }
    }

    /// An empty object for text that is none.
    private static func object(_ text: String?, _ change: (JSONValue) -> JSONValue) -> RawJSON {
        let value = try? JSONDecoder().decode(JSONValue.self, from: Data((text ?? "").utf8))
        guard case .object(let members) = value else { return RawJSON("{}") }
        return RawJSON(JSONText.of(JSONValue.object(members.mapValues(change))))
    }
}
