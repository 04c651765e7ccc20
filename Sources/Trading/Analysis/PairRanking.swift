/// The pairs that could get a bot, best first.
public struct PairRanking: Sendable, Equatable {
    /// Best first.
    public let candidates: [PairScore]

    /// Traded below this within 24 h, in millions: a small pair.
    public static let smallMillions = 1.0

    /// Ranks pairs that were scored.
    /// - Parameters:
    ///   - excluded: pairs that have a bot.
    ///   - limit: only so many, those with the greatest volume, are ranked.
    ///   - includesSmall: whether pairs that are hardly traded count.
    public init(
        _ scores: [PairScore], excluding excluded: Set<String> = [], limit: Int = .max, includesSmall: Bool = true
    ) {
        let scores = scores.filter { score in
            !excluded.contains(score.product.rawValue)
                && (includesSmall || score.volumeMillions >= Self.smallMillions)
        }
        let byVolume = scores.sorted { ($1.volumeMillions, $0.product) < ($0.volumeMillions, $1.product) }
        candidates = byVolume.prefix(max(0, limit)).sorted {
            ($1.total, $1.volumeMillions, $0.product) < ($0.total, $0.volumeMillions, $1.product)
        }
    }

    /// Those with at least this total, best first.
    public func candidates(from total: Double) -> [PairScore] { candidates.filter { $0.total >= total } }

    /// How many are advised in these words.
    public func count(_ advice: PairScore.Advice) -> Int { candidates.count { $0.advice == advice } }

    /// The best by one of the scores; of equals the one with the best total.
    public func best(by score: (PairScore) -> Double) -> PairScore? {
        candidates.reduce(nil) { best, next in
            guard let best else { return next }
            return score(next) > score(best) ? next : best
        }
    }
}
