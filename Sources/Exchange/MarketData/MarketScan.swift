public import Foundation
public import Trading

/// Every pair that trades against the dollar with its score, as the last market scan left them.
public struct MarketScan: Sendable, Equatable {
    /// Pairs with and without bots, in the exchange's order.
    public let scores: [PairScore]
    /// When the scan was made.
    public let scannedAt: Date

    /// Checks nothing.
    public init(scores: [PairScore], scannedAt: Date) {
        self.scores = scores
        self.scannedAt = scannedAt
    }

    /// Scores what the exchange lists.
    public init(_ products: [Product], scannedAt: Date) {
        self.init(scores: products.compactMap { PairScore($0) }, scannedAt: scannedAt)
    }
}

/// A scan as JSON.
struct ScanEncoding: Codable {
    var scanned_ms: Int
    var scores: [PairScore]
}
