import Foundation

/// What people are told of pairs that stand out, in the form that the dashboard's analysis page reads.
public struct OpportunityNotice: Sendable, Equatable {
    /// One line.
    public let title: String
    /// A sentence, and an entry of two lines for each of the best pairs.
    public let message: String
    /// `critical` when the best pair has at least `urgent`, else `high`.
    public let priority: String

    /// The type of such notifications.
    public static let type = "market_opportunity"
    /// The score from which a pair must not be missed; bots may be made of such pairs unasked.
    public static let urgent = 18.0
    private static let most = 5

    /// - Parameter candidates: best first.
    /// - Returns: nil when there is nothing to tell.
    public init?(_ candidates: [PairScore]) {
        guard let best = candidates.first else { return nil }
        title = "Market opportunities found: \(candidates.count)"
        let entries = candidates.prefix(Self.most).enumerated().map { index, score in
            "\(index + 1). **\(score.product)** (\(score.baseName))\n   • Score: "
                + String(format: "%.1f", score.total) + "/25 (\(score.advice.rawValue))"
        }
        let sentence = candidates.count == 1 ? "One pair stands out" : "\(candidates.count) pairs stand out"
        message = sentence + "\n\n" + entries.joined(separator: "\n")
        priority = best.total >= Self.urgent ? "critical" : "high"
    }
}
