/// A recorded order whose status has changed, as the dashboard's socket shows it.
public struct OrderStatusDocument: Encodable, Sendable {
    /// The change.
    public struct Details: Encodable, Sendable {
        @OrNull var tradeID: Int?
        @OrNull var botID: Int?
        let orderID, oldStatus, newStatus: String
        let filledAt, updatedAt: NaiveTime
        let productID, side: String
        let sizeUSD: Double
        let timestamp: NaiveTime

        /// - Parameters:
        ///   - tradeID: row of `trades`.
        ///   - botID: nil for an order of the portfolio.
        ///   - oldStatus: a word of `trades.status`, as is the new one.
        ///   - filledAt: of nil while it is not over, or without a fill.
        ///   - updatedAt: when the change was recorded.
        public init(
            tradeID: Int?, botID: Int?, orderID: String, oldStatus: String, newStatus: String, filledAt: NaiveTime,
            updatedAt: NaiveTime, productID: String, side: String, sizeUSD: Double
        ) {
            self.tradeID = tradeID
            self.botID = botID
            self.orderID = orderID
            self.oldStatus = oldStatus
            self.newStatus = newStatus
            self.filledAt = filledAt
            self.updatedAt = updatedAt
            self.productID = productID
            self.side = side
            self.sizeUSD = sizeUSD
            timestamp = updatedAt
        }

        enum CodingKeys: String, CodingKey {
            case tradeID = "trade_id"
            case botID = "bot_id"
            case orderID = "order_id"
            case oldStatus = "old_status"
            case newStatus = "new_status"
            case filledAt = "filled_at"
            case updatedAt = "updated_at"
            case productID = "product_id"
            case side
            case sizeUSD = "size_usd"
            case timestamp
        }
    }

    let type = "order_status_change"
    let data: Details
    let timestamp: NaiveTime

    /// - Parameter timestamp: when it was seen.
    public init(_ data: Details, timestamp: NaiveTime) {
        self.data = data
        self.timestamp = timestamp
    }

    enum CodingKeys: String, CodingKey { case type, data, timestamp }
}
