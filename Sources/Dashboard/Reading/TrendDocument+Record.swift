import Documents
import Foundation
import Ledger
import Trading

extension TrendDocument {
    /// As a job has stored it.
    init(_ record: TrendRecord) { self.init(record.productID, record.trend, at: record.at) }

    /// Of a product that no job has judged.
    init(unknown product: String, at now: Date) { self.init(product, .unknown, at: now) }

    private init(_ product: String, _ trend: TrendAnalysis, at time: Date?) {
        func window(_ window: TrendWindow, _ name: String) -> Window {
            Window(
                momentum: window.momentum, dataPoints: window.dataPoints, name: name,
                priceChangePct: window.priceChangePct, volatility: window.volatility)
        }
        self.init(
            product: product, strength: trend.strength, confidence: trend.confidence, regime: trend.regime.rawValue,
            alignment: trend.alignment.rawValue, isVolumeConfirmed: trend.isVolumeConfirmed,
            analyzedAt: NaiveTime(time), short: window(trend.short, "5min"), medium: window(trend.medium, "1hour"),
            long: window(trend.long, "daily"))
    }
}
