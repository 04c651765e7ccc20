public import Foundation

/// One fill, in the list of fills and in that of an order.
public struct RawTradeDocument: Encodable, Sendable {
    let id: Int
    let fillID, orderID, productID, side: String
    let size: Double
    let sizeInQuote: Bool
    let price, commission: Double
    let createdAt: String
    let syncedAt: NaiveTime?
    let usdValue: Double

    /// - Parameters:
    ///   - side: in upper case, which the page compares with.
    ///   - commission: 0 where none is known: the page calculates with it.
    ///   - createdAt: as stored.
    ///   - syncedAt: nil leaves the field out, as the fills of an order have none; `.some(nil)` is null.
    ///   - usdValue: quote units without commission.
    public init(
        id: Int, fillID: String, orderID: String, productID: String, side: String, size: Double, sizeInQuote: Bool,
        price: Double, commission: Double, createdAt: String, syncedAt: Date??, usdValue: Double
    ) {
        self.id = id
        self.fillID = fillID
        self.orderID = orderID
        self.productID = productID
        self.side = side
        self.size = size
        self.sizeInQuote = sizeInQuote
        self.price = price
        self.commission = commission
        self.createdAt = createdAt
        self.syncedAt = syncedAt.map { NaiveTime($0) }
        self.usdValue = usdValue
    }

    enum CodingKeys: String, CodingKey {
        case id
        case fillID = "fill_id"
        case orderID = "order_id"
        case productID = "product_id"
        case side, size
        case sizeInQuote = "size_in_quote"
        case price, commission
        case createdAt = "created_at"
        case syncedAt = "synced_at"
        case usdValue = "usd_value"
    }
}
