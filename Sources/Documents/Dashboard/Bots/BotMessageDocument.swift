/// What became of a bot, in a sentence.
public struct BotMessageDocument: Encodable, Sendable {
    let botID: Int?
    let botName: String?
    let message: String
    let status: String?

    /// - Parameters:
    ///   - bot: id and name; nil where the answer does not name it beside the sentence.
    ///   - status: of the bot now; nil where the answer does not say it.
    public init(_ message: String, bot: (id: Int, name: String)? = nil, status: String? = nil) {
        botID = bot?.id
        botName = bot?.name
        self.message = message
        self.status = status
    }

    enum CodingKeys: String, CodingKey {
        case botID = "bot_id"
        case botName = "bot_name"
        case message, status
    }
}
