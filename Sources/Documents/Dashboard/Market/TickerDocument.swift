/// A product's price.
public struct TickerDocument: Encodable, Sendable {
    let product: String
    let price, volume: Double

    /// - Parameters:
    ///   - price: in quote currency.
    ///   - volume: traded within 24 h, in base currency.
    public init(product: String, price: Double, volume: Double) {
        self.product = product
        self.price = price
        self.volume = volume
    }

    enum CodingKeys: String, CodingKey {
        case product = "product_id"
        case price
        case volume = "volume_24h"
    }
}
