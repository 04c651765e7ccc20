/// An order that rests at the exchange, as the dashboard's socket shows it.
public struct PendingOrderDocument: Encodable, Sendable {
    /// The order.
    public struct Details: Encodable, Sendable {
        @OrNull var tradeID: Int?
        @OrNull var botID: Int?
        let orderID, side: String
        let size, sizeUSD, price: Double
        let productID: String
        let status = "pending"
        let createdAt: NaiveTime
        let elapsedSeconds = 0

        /// - Parameters:
        ///   - tradeID: row of `trades`.
        ///   - size: base currency; `price` its limit.
        public init(
            tradeID: Int?, botID: Int?, orderID: String, side: String, size: Double, sizeUSD: Double, price: Double,
            productID: String, createdAt: NaiveTime
        ) {
            self.tradeID = tradeID
            self.botID = botID
            self.orderID = orderID
            self.side = side
            self.size = size
            self.sizeUSD = sizeUSD
            self.price = price
            self.productID = productID
            self.createdAt = createdAt
        }

        enum CodingKeys: String, CodingKey {
            case tradeID = "trade_id"
            case botID = "bot_id"
            case orderID = "order_id"
            case side, size
            case sizeUSD = "size_usd"
            case price
            case productID = "product_id"
            case status
            case createdAt = "created_at"
            case elapsedSeconds = "time_elapsed_seconds"
        }
    }

    let type = "pending_order_update"
    let data: Details
    let timestamp: NaiveTime

    /// - Parameter timestamp: when it was seen.
    public init(_ data: Details, timestamp: NaiveTime) {
        self.data = data
        self.timestamp = timestamp
    }

    enum CodingKeys: String, CodingKey { case type, data, timestamp }
}
