import Foundation
import Trading

/// The result of a scan, in the recorded shape of `periodic_market_scan`.
struct MarketScanReport: Encodable, Sendable {
    /// Pairs that stand out, best first; at most `most` of a sort.
    struct Opportunities: Encodable, Sendable {
        /// Good candidates; the recorded list leaves out those that are highly recommended.
        let highScorers: [PairOpportunity]
        /// Traded twice as much as the day before. The recorded list is empty, with 73 % as the most.
        let momentumSurges: [PairOpportunity]
        /// Moved by 10 % or more within a day. The recorded list is empty, with 6.4 % as the most.
        let volatilityPlays: [PairOpportunity]
        /// Of low or medium risk. The recorded list has 92 million and more, and lacks 12 million and less.
        let largeVolume: [PairOpportunity]

        private static let most = 25

        init(_ candidates: [PairScore]) {
            func those(_ isOne: (PairScore) -> Bool) -> [PairOpportunity] {
                candidates.filter(isOne).prefix(Self.most).map { PairOpportunity($0) }
            }
            highScorers = those { $0.advice == .goodCandidate }
            momentumSurges = those { $0.volumeChange >= 100 }
            volatilityPlays = those { abs($0.priceChange) >= 10 }
            largeVolume = those { $0.risk != .high }
        }

        enum CodingKeys: String, CodingKey {
            case highScorers = "new_high_scorers"
            case momentumSurges = "momentum_surges"
            case volatilityPlays = "volatility_plays"
            case largeVolume = "large_volume"
        }
    }

    let success = true
    let timestamp: String
    /// Pairs that could get a bot; `scored` counts those that have one too.
    let analyzed, scored: Int
    let good: Int
    let opportunities: Opportunities

    init(_ ranking: PairRanking, scored: Int, at time: Date) {
        timestamp = ResultText.time(time)
        analyzed = ranking.candidates.count
        self.scored = scored
        good = ranking.count(.goodCandidate)
        opportunities = Opportunities(ranking.candidates)
    }

    enum CodingKeys: String, CodingKey {
        case success, timestamp
        case analyzed = "total_analyzed"
        case scored = "total_scored"
        case good = "good_candidates"
        case opportunities
    }
}

/// The result of a scan above a score, in the recorded shape of `market_opportunity_alert`.
struct OpportunityAlertReport: Encodable, Sendable {
    let success = true
    let count: Int
    let opportunities: [PairOpportunity]

    /// - Parameter found: best first.
    init(_ found: [PairScore]) {
        count = found.count
        opportunities = found.map { PairOpportunity($0) }
    }

    enum CodingKeys: String, CodingKey {
        case success
        case count = "exceptional_count"
        case opportunities
    }
}

/// A pair that could get a bot, with all that is known of it.
struct PairOpportunity: Encodable, Sendable {
    private let score: PairScore

    init(_ score: PairScore) { self.score = score }

    private enum Name: String, CodingKey {
        case product_id, base_name, price, volume_24h_million, price_change_24h, volume_change_24h, position_tokens
        case liquidity_score, volatility_score, momentum_score, risk_score, total_score, risk_level, risk_color
        case recommendation, recommendation_color, analysis
        case liquidity_analysis, volatility_analysis, momentum_analysis, position_analysis
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Name.self)
        let numbers: [(Name, Double)] = [
            (.price, score.price), (.volume_24h_million, score.volumeMillions), (.price_change_24h, score.priceChange),
            (.volume_change_24h, score.volumeChange), (.position_tokens, score.positionTokens),
            (.liquidity_score, score.liquidity), (.volatility_score, score.volatility),
            (.momentum_score, score.momentum), (.risk_score, score.safety), (.total_score, score.total),
        ]
        for (name, number) in numbers { try fields.encode(number, forKey: name) }
        let words: [(Name, String)] = [
            (.product_id, score.product.rawValue), (.base_name, score.baseName), (.risk_level, score.risk.rawValue),
            (.risk_color, score.risk.color), (.recommendation, score.advice.rawValue),
            (.recommendation_color, score.advice.color),
        ]
        for (name, word) in words { try fields.encode(word, forKey: name) }
        var analysis = fields.nestedContainer(keyedBy: Name.self, forKey: .analysis)
        try analysis.encode(score.liquiditySentence, forKey: .liquidity_analysis)
        try analysis.encode(score.volatilitySentence, forKey: .volatility_analysis)
        try analysis.encode(score.momentumSentence, forKey: .momentum_analysis)
        try analysis.encode(score.positionSentence, forKey: .position_analysis)
    }
}
