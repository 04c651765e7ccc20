import Documents
import Exchange
import Foundation
import Ledger
import Trading

extension PairScoreDocument {
    init(_ score: PairScore) {
        self.init(
            product: score.product.rawValue, baseName: score.baseName,
            figures: Figures(
                price: score.price, volume: score.volumeMillions, priceChange: score.priceChange,
                volumeChange: score.volumeChange, tokens: score.positionTokens, liquidity: score.liquidity,
                volatility: score.volatility, momentum: score.momentum, safety: score.safety, total: score.total),
            risk: Painted(score.risk.rawValue, color: score.risk.color),
            advice: Painted(score.advice.rawValue, color: score.advice.color),
            sentences: Sentences(
                liquidity: score.liquiditySentence, volatility: score.volatilitySentence,
                momentum: score.momentumSentence, position: score.positionSentence))
    }
}

extension MarketSummaryDocument {
    init(_ ranking: PairRanking) {
        func best(_ score: (PairScore) -> Double, _ value: (PairScore) -> Double) -> Best {
            guard let best = ranking.best(by: score) else { return Best() }
            return Best(best.product.rawValue, value: value(best))
        }
        self.init(
            ranking.candidates.map { PairScoreDocument($0) }, highlyRecommended: ranking.count(.highlyRecommended),
            good: ranking.count(.goodCandidate), liquidity: best(\.liquidity, \.volumeMillions),
            volatility: best(\.volatility, \.priceChange), momentum: best(\.momentum, \.volumeChange))
    }
}

extension ListedProductDocument {
    init(_ product: Product) {
        func text(_ number: Double?, _ decimals: Int) -> String {
            number.map { String(format: "%.\(decimals)f", $0) } ?? ""
        }
        let facts = product.facts
        self.init(
            id: product.id.rawValue, base: product.id.base, quote: product.id.quote,
            baseName: facts.baseName ?? product.id.base, quoteName: facts.quoteName ?? product.id.quote,
            price: product.price.isPositive ? product.price.description : "", status: product.status,
            rules: Rules(
                baseIncrement: product.baseIncrement.description, quoteIncrement: product.quoteIncrement.description,
                priceIncrement: product.priceIncrement.description, baseMinSize: product.baseMinSize.description,
                baseMaxSize: product.baseMaxSize.description, quoteMinSize: product.quoteMinSize.description,
                quoteMaxSize: product.quoteMaxSize.description),
            flags: Flags(
                isDisabled: product.isDisabled, cancelOnly: product.cancelOnly, limitOnly: product.limitOnly,
                postOnly: product.postOnly, tradingDisabled: product.tradingDisabled,
                auctionMode: product.auctionMode, viewOnly: product.viewOnly, isNew: facts.isNew),
            day: Day(
                priceChange: text(facts.priceChange, 8), volume: text(facts.volume, 4),
                volumeChange: text(facts.volumeChange, 8), quoteVolume: text(facts.quoteVolume, 2)))
    }
}

extension RecordedCandleDocument {
    init(_ candle: RecordedCandle, of product: String, timeframe: String) {
        self.init(
            product: product, start: candle.start, timeframe: timeframe, open: candle.open, high: candle.high,
            low: candle.low, close: candle.close, volume: candle.volume)
    }
}

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
