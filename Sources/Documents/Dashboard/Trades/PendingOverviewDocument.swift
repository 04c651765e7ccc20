public import Foundation

/// All orders that the exchange may still fill, and how long they have been waiting.
public struct PendingOverviewDocument: Encodable, Sendable {
    let systemHealth: String
    let total, critical, warning, affectedBots: Int
    let bots: [PendingBotDocument]
    let orders: [OpenOrderDocument]
    let generatedAt: NaiveTime

    /// - Parameter health: the worst urgency: `critical` or `warning`, else `healthy`.
    public init(
        health: String, critical: Int, warning: Int, bots: [PendingBotDocument], orders: [OpenOrderDocument],
        at time: Date
    ) {
        systemHealth = health
        total = orders.count
        self.critical = critical
        self.warning = warning
        affectedBots = bots.count
        self.bots = bots
        self.orders = orders
        generatedAt = NaiveTime(time)
    }

    enum CodingKeys: String, CodingKey {
        case systemHealth = "system_health"
        case total = "total_pending_orders"
        case critical = "critical_orders"
        case warning = "warning_orders"
        case affectedBots = "affected_bots"
        case bots = "bot_summaries"
        case orders = "pending_orders"
        case generatedAt = "generated_at"
    }
}

/// How many of the orders are of one bot.
public struct PendingBotDocument: Encodable, Sendable {
    @OrNull var botID: Int?
    let pending, critical, warning, oldestMinutes: Int

    /// - Parameter botID: nil for orders of no bot, such as those of a deleted one.
    public init(botID: Int?, pending: Int, critical: Int, warning: Int, oldestMinutes: Int) {
        self.botID = botID
        self.pending = pending
        self.critical = critical
        self.warning = warning
        self.oldestMinutes = oldestMinutes
    }

    enum CodingKeys: String, CodingKey {
        case botID = "bot_id"
        case pending = "pending_count"
        case critical = "critical_count"
        case warning = "warning_count"
        case oldestMinutes = "oldest_minutes"
    }
}
