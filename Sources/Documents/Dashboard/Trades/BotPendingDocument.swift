public import Foundation

/// The orders of one bot that the exchange may still fill, the newest first.
public struct BotPendingDocument: Encodable, Sendable {
    let botID: Int
    let botName, botPair: String
    let hasPending: Bool
    let count: Int
    let orders: [BotPendingOrderDocument]
    @OrNull var mostRecent: BotPendingOrderDocument?
    let critical, warning, oldestMinutes: Int
    let generatedAt: NaiveTime

    /// - Parameter orders: the newest first.
    public init(
        botID: Int, botName: String, botPair: String, orders: [BotPendingOrderDocument], critical: Int, warning: Int,
        oldestMinutes: Int, at time: Date
    ) {
        self.botID = botID
        self.botName = botName
        self.botPair = botPair
        hasPending = !orders.isEmpty
        count = orders.count
        self.orders = orders
        mostRecent = orders.first
        self.critical = critical
        self.warning = warning
        self.oldestMinutes = oldestMinutes
        generatedAt = NaiveTime(time)
    }

    enum CodingKeys: String, CodingKey {
        case botID = "bot_id"
        case botName = "bot_name"
        case botPair = "bot_pair"
        case hasPending = "has_pending_orders"
        case count = "pending_order_count"
        case orders = "pending_orders"
        case mostRecent = "most_recent_pending"
        case critical = "critical_count"
        case warning = "warning_count"
        case oldestMinutes = "oldest_pending_minutes"
        case generatedAt = "generated_at"
    }
}

/// One order in the list of its bot.
public struct BotPendingOrderDocument: Encodable, Sendable {
    let tradeID: Int
    @OrNull var orderID: String?
    let side: String
    let size: Double
    @OrNull var sizeUSD: Double?
    @OrNull var price: Double?
    let createdAt: NaiveTime
    let minutes, seconds: Int
    let urgency, productID: String

    /// - Parameters:
    ///   - seconds: whole ones since it was created.
    ///   - urgency: `fresh`, `normal`, `warning` or `critical`.
    public init(
        tradeID: Int, orderID: String?, side: String, size: Double, sizeUSD: Double?, price: Double?,
        createdAt: Date?, seconds: Int, urgency: String, productID: String
    ) {
        self.tradeID = tradeID
        self.orderID = orderID
        self.side = side
        self.size = size
        self.sizeUSD = sizeUSD
        self.price = price
        self.createdAt = NaiveTime(createdAt)
        minutes = seconds / 60
        self.seconds = seconds
        self.urgency = urgency
        self.productID = productID
    }

    enum CodingKeys: String, CodingKey {
        case tradeID = "trade_id"
        case orderID = "order_id"
        case side, size
        case sizeUSD = "size_usd"
        case price
        case createdAt = "created_at"
        case minutes = "time_elapsed_minutes"
        case seconds = "time_elapsed_seconds"
        case urgency
        case productID = "product_id"
    }
}
