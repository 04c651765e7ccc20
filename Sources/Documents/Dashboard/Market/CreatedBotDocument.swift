/// A bot that was made for a pair by its score.
public struct CreatedBotDocument: Encodable, Sendable {
    let success = true
    let id: Int
    let name: String
    let analysis: PairScoreDocument
    let message: String

    /// - Parameter product: its pair.
    public init(id: Int, name: String, product: String, _ analysis: PairScoreDocument) {
        self.id = id
        self.name = name
        self.analysis = analysis
        message = "Successfully created bot for \(product)"
    }

    enum CodingKeys: String, CodingKey {
        case success
        case id = "bot_id"
        case name = "bot_name"
        case analysis, message
    }
}

/// The bots that a scan has made.
public struct CreatedBotsDocument: Encodable, Sendable {
    let success = true
    let analyzed, qualified, created: Int
    let bots: [CreatedBotDocument]
    let threshold: Double

    /// - Parameters:
    ///   - analyzed: pairs that were looked at.
    ///   - qualified: those that reach the threshold.
    ///   - threshold: least score.
    public init(analyzed: Int, qualified: Int, bots: [CreatedBotDocument], threshold: Double) {
        self.analyzed = analyzed
        self.qualified = qualified
        created = bots.count
        self.bots = bots
        self.threshold = threshold
    }

    enum CodingKeys: String, CodingKey {
        case success
        case analyzed = "total_candidates_analyzed"
        case qualified = "qualified_candidates"
        case created = "bots_created"
        case bots = "new_bots"
        case threshold = "threshold_used"
    }
}
