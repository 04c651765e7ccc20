public import Foundation

/// The score of one pair.
public struct PairAnalysisDocument: Encodable, Sendable {
    let product: String
    let analysis: PairScoreDocument
    let timestamp: DocumentTime

    /// - Parameter scannedAt: when it was scored.
    public init(product: String, _ analysis: PairScoreDocument, scannedAt: Date) {
        self.product = product
        self.analysis = analysis
        timestamp = DocumentTime(of: scannedAt)
    }

    enum CodingKeys: String, CodingKey {
        case product = "product_id"
        case analysis, timestamp
    }
}

/// That a pair has no score; the dashboard expects it with status 200.
public struct MissingPairDocument: Encodable, Sendable {
    let error: String

    /// - Parameter product: as it was asked for.
    public init(product: String) { error = "Product \(product) not found" }
}

/// Several pairs side by side.
public struct PairComparisonDocument: Encodable, Sendable {
    /// A pair that was asked for.
    public enum Entry: Encodable, Sendable {
        case scored(PairScoreDocument)
        case missing(product: String)

        private struct Missing: Encodable {
            let product_id: String
            let error = "Product not found or not tradeable"
        }

        /// The score itself, or the product with an error.
        public func encode(to encoder: any Encoder) throws {
            switch self {
            case .scored(let score): try score.encode(to: encoder)
            case .missing(let product): try Missing(product_id: product).encode(to: encoder)
            }
        }
    }

    let comparisons: [Entry]
    let ranked: [PairScoreDocument]
    let compared, valid: Int
    let timestamp: DocumentTime

    /// - Parameters:
    ///   - entries: in the order in which they were asked for.
    ///   - ranked: those with a score, best first.
    ///   - scannedAt: nil when no scan was made yet.
    public init(_ entries: [Entry], ranked: [PairScoreDocument], scannedAt: Date?) {
        comparisons = entries
        self.ranked = ranked
        compared = entries.count
        valid = ranked.count
        timestamp = DocumentTime(of: scannedAt)
    }

    enum CodingKeys: String, CodingKey {
        case comparisons
        case ranked = "ranked_results"
        case compared = "total_compared"
        case valid = "valid_analyses"
        case timestamp
    }
}
