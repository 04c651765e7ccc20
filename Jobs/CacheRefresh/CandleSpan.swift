import Foundation
import Trading

/// Which candles are refreshed, in the words of the dashboard's timeframes.
enum CandleSpan: String, Decodable, Sendable, CaseIterable {
    case minute = "1m"
    case fiveMinutes = "5m"
    case quarter = "15m"
    case hour = "1h"
    case fourHours = "4h"
    case day = "1d"

    var granularity: Granularity {
        switch self {
        case .minute: .oneMinute
        case .fiveMinutes: .fiveMinutes
        case .quarter: .fifteenMinutes
        case .hour: .oneHour
        case .fourHours: .fourHours
        case .day: .oneDay
        }
    }

    /// How many are fetched: what signals look at for hours, and what a page shows for the others. A trend looks at 12
    /// of five minutes and 7 of a day.
    var count: Int { self == .hour ? CandleSeries.window : 100 }

    /// Candles older than this are fetched out of turn: well before the cache drops them.
    var oldSeconds: TimeInterval { self == .day ? 7_200 : 600 }
}
