public import Foundation

/// The pairs without a bot, best first. All of it is always there, also where there is no candidate: the page takes
/// what is missing for an error of its own.
public struct MarketAnalysisDocument: Encodable, Sendable {
    let candidates: [PairScoreDocument]
    let summary: MarketSummaryDocument
    let timestamp: DocumentTime
    let analyzed: Int
    let excluded: [String]
    let bots: Int

    /// - Parameters:
    ///   - candidates: best first.
    ///   - scannedAt: nil when no scan was made yet.
    ///   - excluded: pairs that have a bot.
    ///   - bots: how many there are.
    public init(
        _ candidates: [PairScoreDocument], summary: MarketSummaryDocument, scannedAt: Date?, excluded: [String],
        bots: Int
    ) {
        self.candidates = candidates
        self.summary = summary
        timestamp = DocumentTime(of: scannedAt)
        analyzed = candidates.count
        self.excluded = excluded
        self.bots = bots
    }

    enum CodingKeys: String, CodingKey {
        case candidates, summary, timestamp
        case analyzed = "total_analyzed"
        case excluded = "excluded_pairs"
        case bots = "active_bots_count"
    }
}

/// What stands out among the candidates.
public struct MarketSummaryDocument: Encodable, Sendable {
    /// The best in one respect.
    public struct Best: Sendable {
        let product: String?
        let value: Double

        /// - Parameter product: nil without a candidate.
        public init(_ product: String? = nil, value: Double = 0) {
            self.product = product
            self.value = value
        }
    }

    private struct Counts: Encodable, Sendable {
        let highlyRecommended, good, analyzed: Int

        enum CodingKeys: String, CodingKey {
            case highlyRecommended = "highly_recommended"
            case good = "good_candidates"
            case analyzed = "total_analyzed"
        }
    }

    private struct Categories: Encodable, Sendable {
        struct Liquidity: Encodable, Sendable {
            @OrNull var product_id: String?
            let volume: Double
        }

        struct Volatility: Encodable, Sendable {
            @OrNull var product_id: String?
            let change: Double
        }

        struct Momentum: Encodable, Sendable {
            @OrNull var product_id: String?
            let growth: Double
        }

        let liquidity: Liquidity
        let volatility: Volatility
        let momentum: Momentum
    }

    @OrNull private var top: PairScoreDocument?
    private let runnerUps: [PairScoreDocument]
    private let counts: Counts
    private let best: Categories
    private let message: String?

    /// - Parameters:
    ///   - candidates: best first.
    ///   - highlyRecommended: how many are.
    ///   - good: how many are good candidates and no more.
    ///   - liquidity: with its volume in millions.
    ///   - volatility: with the change of its price in percent.
    ///   - momentum: with the growth of its volume in percent.
    public init(
        _ candidates: [PairScoreDocument], highlyRecommended: Int, good: Int, liquidity: Best, volatility: Best,
        momentum: Best
    ) {
        top = candidates.first
        runnerUps = Array(candidates.dropFirst().prefix(2))
        counts = Counts(highlyRecommended: highlyRecommended, good: good, analyzed: candidates.count)
        best = Categories(
            liquidity: .init(product_id: liquidity.product, volume: liquidity.value),
            volatility: .init(product_id: volatility.product, change: volatility.value),
            momentum: .init(product_id: momentum.product, growth: momentum.value))
        message = candidates.isEmpty ? "No candidates found" : nil
    }

    enum CodingKeys: String, CodingKey {
        case top = "top_recommendation"
        case runnerUps = "runner_ups"
        case counts
        case best = "best_by_category"
        case message
    }
}

extension DocumentTime {
    /// - Parameter date: nil for none.
    init(of date: Date?) { self.init(date.flatMap { Int64(exactly: ($0.timeIntervalSince1970 * 1_000).rounded()) }) }
}
