import Documents
import Exchange
import Foundation
import Ledger
import Trading

extension TrackedPairAnalysisDocument {
    init(_ pair: TrackedPair, score: PairScore?, at now: Date) {
        let price = score?.price
        let volume = score.map { $0.volumeMillions * 1_000_000 }
        self.init(
            product: pair.productID, baseName: pair.baseName, status: pair.status, firstSeen: pair.firstSeen,
            days: pair.firstSeen.flatMap { Int(exactly: (now.timeIntervalSince($0) / 86_400).rounded(.down)) },
            isNew: pair.isNewListing, initialPrice: pair.initialPrice, initialVolume: pair.initialVolume24h,
            current: score.map { PairScoreDocument($0) }, priceChange: Self.change(pair.initialPrice, price),
            volumeChange: Self.change(pair.initialVolume24h, volume))
    }

    /// In percent.
    private static func change(_ before: Double?, _ now: Double?) -> Double? {
        guard let before, let now, before > 0 else { return nil }
        return (now - before) / before * 100
    }
}
