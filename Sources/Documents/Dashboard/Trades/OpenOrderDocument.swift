public import Foundation

/// An order that the exchange may still fill, in the list of all bots.
public struct OpenOrderDocument: Encodable, Sendable {
    let tradeID: Int
    @OrNull var botID: Int?
    @OrNull var orderID: String?
    let side: String
    @OrNull var sizeUSD: Double?
    let productID: String
    let createdAt: NaiveTime
    let minutes: Int
    let urgency: String

    /// - Parameters:
    ///   - minutes: whole ones since it was created.
    ///   - urgency: `fresh`, `normal`, `warning` or `critical`.
    public init(
        tradeID: Int, botID: Int?, orderID: String?, side: String, sizeUSD: Double?, productID: String,
        createdAt: Date?, minutes: Int, urgency: String
    ) {
        self.tradeID = tradeID
        self.botID = botID
        self.orderID = orderID
        self.side = side
        self.sizeUSD = sizeUSD
        self.productID = productID
        self.createdAt = NaiveTime(createdAt)
        self.minutes = minutes
        self.urgency = urgency
    }

    enum CodingKeys: String, CodingKey {
        case tradeID = "trade_id"
        case botID = "bot_id"
        case orderID = "order_id"
        case side
        case sizeUSD = "size_usd"
        case productID = "product_id"
        case createdAt = "created_at"
        case minutes = "time_elapsed_minutes"
        case urgency
    }
}
