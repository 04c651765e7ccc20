/// What `GET /api/v1/bots/{bot_id}/confirmation-status` answers.
public struct ConfirmationStatusDocument: Encodable, Sendable {
    let bot: Int
    let name: String
    let status: Status

    /// Reads nothing.
    public init(bot: Int, name: String, status: Status) {
        self.bot = bot
        self.name = name
        self.status = status
    }

    enum CodingKeys: String, CodingKey {
        case bot = "bot_id"
        case name = "bot_name"
        case status = "confirmation_status"
    }

    /// Of the bot's stored start.
    public struct Status: Encodable, Sendable {
        let isConfirmed, needsConfirmation: Bool
        let status: String
        @OrNull var action: String?
        let startedAt: NaiveTime
        let progress, remainingMinutes: Double

        /// - Parameters:
        ///   - status: `no_active_confirmation`, `confirming` or `confirmed`.
        ///   - action: `buy`, `sell` or `hold`: that of the newest evaluation.
        ///   - progress: 0 to 1.
        public init(
            isConfirmed: Bool, needsConfirmation: Bool, status: String, action: String?, startedAt: NaiveTime,
            progress: Double, remainingMinutes: Double
        ) {
            self.isConfirmed = isConfirmed
            self.needsConfirmation = needsConfirmation
            self.status = status
            self.action = action
            self.startedAt = startedAt
            self.progress = progress
            self.remainingMinutes = remainingMinutes
        }

        enum CodingKeys: String, CodingKey {
            case isConfirmed = "is_confirmed"
            case needsConfirmation = "needs_confirmation"
            case status
            case action = "action_being_confirmed"
            case startedAt = "confirmation_start"
            case progress = "confirmation_progress"
            case remainingMinutes = "time_remaining_minutes"
        }
    }
}
