/// How well a pair would suit a bot.
public struct PairScoreDocument: Encodable, Sendable {
    /// What the scores are made of, and the scores.
    public struct Figures: Sendable {
        let price, volume, priceChange, volumeChange, tokens: Double
        let liquidity, volatility, momentum, safety, total: Double

        /// - Parameters:
        ///   - volume: within 24 h, in millions.
        ///   - priceChange: within 24 h, in percent.
        ///   - volumeChange: in percent.
        ///   - tokens: what a trade of usual size buys.
        ///   - safety: the less risk, the more.
        public init(
            price: Double, volume: Double, priceChange: Double, volumeChange: Double, tokens: Double,
            liquidity: Double, volatility: Double, momentum: Double, safety: Double, total: Double
        ) {
            self.price = price
            self.volume = volume
            self.priceChange = priceChange
            self.volumeChange = volumeChange
            self.tokens = tokens
            self.liquidity = liquidity
            self.volatility = volatility
            self.momentum = momentum
            self.safety = safety
            self.total = total
        }
    }

    /// The four sentences about it.
    public struct Sentences: Encodable, Sendable {
        let liquidity, volatility, momentum, position: String

        /// Whole sentences without a full stop.
        public init(liquidity: String, volatility: String, momentum: String, position: String) {
            self.liquidity = liquidity
            self.volatility = volatility
            self.momentum = momentum
            self.position = position
        }

        enum CodingKeys: String, CodingKey {
            case liquidity = "liquidity_analysis"
            case volatility = "volatility_analysis"
            case momentum = "momentum_analysis"
            case position = "position_analysis"
        }
    }

    /// A word and the color in which the page shows it.
    public struct Painted: Sendable {
        let word, color: String

        /// Both in the dashboard's words.
        public init(_ word: String, color: String) {
            self.word = word
            self.color = color
        }
    }

    let product, baseName: String
    let figures: Figures
    let risk, advice: Painted
    let sentences: Sentences

    /// - Parameters:
    ///   - risk: `LOW`, `MEDIUM` or `HIGH`.
    ///   - advice: such as `GOOD_CANDIDATE`.
    public init(
        product: String, baseName: String, figures: Figures, risk: Painted, advice: Painted, sentences: Sentences
    ) {
        self.product = product
        self.baseName = baseName
        self.figures = figures
        self.risk = risk
        self.advice = advice
        self.sentences = sentences
    }
}

extension PairScoreDocument {
    private enum Name: String, CodingKey {
        case product_id, base_name, price, volume_24h_million, price_change_24h, volume_change_24h, position_tokens
        case liquidity_score, volatility_score, momentum_score, risk_score, total_score, risk_level, risk_color
        case recommendation, recommendation_color, analysis
    }

    /// In the dashboard's order of fields.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Name.self)
        try fields.encode(product, forKey: .product_id)
        try fields.encode(baseName, forKey: .base_name)
        let numbers: [(Name, Double)] = [
            (.price, figures.price), (.volume_24h_million, figures.volume), (.price_change_24h, figures.priceChange),
            (.volume_change_24h, figures.volumeChange), (.position_tokens, figures.tokens),
            (.liquidity_score, figures.liquidity), (.volatility_score, figures.volatility),
            (.momentum_score, figures.momentum), (.risk_score, figures.safety), (.total_score, figures.total),
        ]
        for (name, number) in numbers { try fields.encode(number, forKey: name) }
        let words = [
            (Name.risk_level, risk.word), (.risk_color, risk.color), (.recommendation, advice.word),
            (.recommendation_color, advice.color),
        ]
        for (name, word) in words { try fields.encode(word, forKey: name) }
        try fields.encode(sentences, forKey: .analysis)
    }
}
