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
