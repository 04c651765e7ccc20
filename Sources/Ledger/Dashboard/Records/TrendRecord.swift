public import Foundation
import GRDB
public import Trading

/// A row of `trend_data`: a product's trend as its newest evaluation found it.
public struct TrendRecord: Sendable, Equatable {
    /// Such as `BTC-USD`; as stored.
    public let productID: String
    /// When it was judged; nil for a stored time that cannot be read.
    public let at: Date?
    /// Numbers that are none count as 0, words that are none as choppy and neutral, windows that are none as empty.
    public let trend: TrendAnalysis

    /// The three windows, as they stand in the column `details`.
    struct Windows: Codable {
        var short, medium, long: TrendWindow

        enum CodingKeys: String, CodingKey {
            case short = "short_term"
            case medium = "medium_term"
            case long = "long_term"
        }
    }

    init(_ row: Row) {
        productID = row.text("product_id") ?? ""
        at = row.time("timestamp")
        let windows = row.text("details").flatMap { try? JSONDecoder().decode(Windows.self, from: Data($0.utf8)) }
        trend = TrendAnalysis(
            strength: row.number("trend_strength") ?? 0, confidence: row.number("confidence") ?? 0,
            regime: row.text("regime").flatMap(TrendRegime.init(rawValue:)) ?? .choppy,
            alignment: row.text("moving_average_alignment").flatMap(AverageAlignment.init(rawValue:)) ?? .neutral,
            isVolumeConfirmed: row.flag("volume_confirmation"), short: windows?.short ?? TrendWindow.none,
            medium: windows?.medium ?? TrendWindow.none, long: windows?.long ?? TrendWindow.none)
    }
}
