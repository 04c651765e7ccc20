/// A row of `GET /api/v1/bots/status/summary`.
public struct BotSummaryDocument: Encodable, Sendable {
    let id: Int
    let name, pair, status: String
    let score, positionSize: Double
    let temperature: String
    let distance: Double
    let balance: Balance

    /// - Parameters:
    ///   - positionSize: USD, as it is stored with the bot.
    ///   - distance: |score|; 1 for a score of 0.
    ///   - hasBalance: whether the account can pay for a buy and a sell of the bot's size.
    ///   - balanceMessage: says so.
    public init(
        id: Int, name: String, pair: String, status: String, score: Double, positionSize: Double,
        temperature: String, distance: Double, hasBalance: Bool, balanceMessage: String
    ) {
        self.id = id
        self.name = name
        self.pair = pair
        self.status = status
        self.score = score
        self.positionSize = positionSize
        self.temperature = temperature
        self.distance = distance
        balance = Balance(valid: hasBalance, message: balanceMessage)
    }

    enum CodingKeys: String, CodingKey {
        case id, name, pair, status
        case score = "current_combined_score"
        case positionSize = "current_position_size"
        case temperature
        case distance = "distance_to_signal"
        case balance = "balance_status"
    }

    struct Balance: Encodable, Sendable {
        let valid: Bool
        let message: String
    }
}
