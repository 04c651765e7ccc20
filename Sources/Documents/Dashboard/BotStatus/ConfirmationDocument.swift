/// How far a bot's action is confirmed.
public struct ConfirmationDocument: Encodable, Sendable {
    let isActive: Bool
    @OrNull var action: String?
    let progress: Double
    let remainingSeconds: Int
    let startedAt: NaiveTime
    let requiredMinutes: Int

    /// - Parameters:
    ///   - action: `buy`, `sell`, or `suspended_cooldown`; nil while nothing is confirmed.
    ///   - progress: 0 to 1.
    public init(
        isActive: Bool, action: String?, progress: Double, remainingSeconds: Int, startedAt: NaiveTime,
        requiredMinutes: Int
    ) {
        self.isActive = isActive
        self.action = action
        self.progress = progress
        self.remainingSeconds = remainingSeconds
        self.startedAt = startedAt
        self.requiredMinutes = requiredMinutes
    }

    enum CodingKeys: String, CodingKey {
        case isActive = "is_active"
        case action, progress
        case remainingSeconds = "time_remaining_seconds"
        case startedAt = "started_at"
        case requiredMinutes = "required_duration_minutes"
    }
}
