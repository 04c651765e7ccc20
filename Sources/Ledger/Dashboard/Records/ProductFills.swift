public import Trading

/// What the fills of one product add up to.
public struct ProductFills: Sendable, Equatable {
    /// As stored, such as `BTC-USD`; empty for NULL.
    public let productID: String
    /// By average cost, with the sums.
    public private(set) var profit = ProductProfit()
    /// Lot by lot.
    public private(set) var lots = LotPosition()
    /// Rows whose side is BUY, in upper or lower case.
    public private(set) var buyRows = 0
    /// Rows whose side is SELL, in upper or lower case.
    public private(set) var sellRows = 0
    /// The time of the first row, as stored.
    public private(set) var firstText: String?
    /// The time of the last row, as stored.
    public private(set) var lastText: String?

    init(productID: String) { self.productID = productID }

    /// The rows come in the order of time.
    mutating func add(_ row: ListedFill) {
        profit.add(row.fill)
        if let fill = row.fill { try? lots.add(fill) }
        buyRows += row.side == Side.buy.rawValue ? 1 : 0
        sellRows += row.side == Side.sell.rawValue ? 1 : 0
        firstText = firstText ?? row.createdAtText
        lastText = row.createdAtText
    }
}
