/// Whether a bot could trade now, and what stands against it.
public struct TradeReadinessDocument: Encodable, Sendable {
    let status: String
    let canTrade: Bool
    @OrNull var blockingReason: String?
    let cooldownMinutes: Int

    /// - Parameters:
    ///   - status: `no_signal`, `cooling_down`, `stopped`, `blocked`, `confirming` or `ready`.
    ///   - cooldownMinutes: what is left of it.
    public init(status: String, canTrade: Bool, blockingReason: String?, cooldownMinutes: Int) {
        self.status = status
        self.canTrade = canTrade
        self.blockingReason = blockingReason
        self.cooldownMinutes = cooldownMinutes
    }

    enum CodingKeys: String, CodingKey {
        case status
        case canTrade = "can_trade"
        case blockingReason = "blocking_reason"
        case cooldownMinutes = "cooldown_remaining_minutes"
    }
}
