public import Foundation

/// Something that went wrong, with its end: whether somebody has dismissed it.
public struct SystemErrorDocument: Encodable, Sendable {
    /// What was wrong at a bot.
    public struct BotDetails: Encodable, Sendable {
        let signalConfig, pair: String
        let at: NaiveTime

        /// - Parameters:
        ///   - signalConfig: text as stored.
        ///   - at: when it was found; nil for a time that cannot be read.
        public init(signalConfig: String, pair: String, at: Date?) {
            self.signalConfig = signalConfig
            self.pair = pair
            self.at = NaiveTime(at)
        }

        enum CodingKeys: String, CodingKey {
            case signalConfig = "signal_config"
            case pair = "trading_pair"
            case at = "evaluation_timestamp"
        }
    }

    let id: String
    @OrNull var botID: Int?
    @OrNull var botName: String?
    let type, message: String
    @OrNull var details: RawJSON?
    let timestamp: NaiveTime
    let resolved: Bool

    /// - Parameters:
    ///   - id: by which it is dismissed.
    ///   - bot: nil for an error of no bot; its name is nil when it is not known.
    ///   - type: a word.
    ///   - details: one JSON object; nil for none.
    ///   - at: nil for a time that cannot be read.
    public init(
        id: String, bot: (id: Int, name: String?)?, type: String, message: String, details: RawJSON?, at: Date?,
        resolved: Bool
    ) {
        self.id = id
        botID = bot?.id
        botName = bot?.name
        self.type = type
        self.message = message
        self.details = details
        timestamp = NaiveTime(at)
        self.resolved = resolved
    }

    enum CodingKeys: String, CodingKey {
        case id
        case botID = "bot_id"
        case botName = "bot_name"
        case type = "error_type"
        case message, details, timestamp, resolved
    }
}
