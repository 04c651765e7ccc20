/// What `GET /api/v1/bots/{bot_id}/signal-history` answers.
public struct SignalHistoryDocument: Encodable, Sendable {
    let bot: Int
    let name: String
    let entries: [Entry]
    let count: Int

    /// - Parameter entries: the newest first.
    public init(bot: Int, name: String, entries: [Entry]) {
        self.bot = bot
        self.name = name
        self.entries = entries
        count = entries.count
    }

    enum CodingKeys: String, CodingKey {
        case bot = "bot_id"
        case name = "bot_name"
        case entries = "signal_history"
        case count = "total_entries"
    }

    /// One evaluation.
    public struct Entry: Encodable, Sendable {
        let at: NaiveTime
        let score: Double
        let action: String
        let confidence: Double
        let signals, metadata: RawJSON
        @OrNull var price: Double?

        /// - Parameters:
        ///   - action: `buy`, `sell` or `hold`.
        ///   - signals: a JSON object, signal → what it said.
        ///   - metadata: a JSON object.
        public init(
            at: NaiveTime, score: Double, action: String, confidence: Double, signals: RawJSON, metadata: RawJSON,
            price: Double?
        ) {
            self.at = at
            self.score = score
            self.action = action
            self.confidence = confidence
            self.signals = signals
            self.metadata = metadata
            self.price = price
        }

        enum CodingKeys: String, CodingKey {
            case at = "timestamp"
            case score = "combined_score"
            case action, confidence
            case signals = "signal_scores"
            case metadata, price
        }
    }
}
