/// One fill of a product in numbers that sums can be made of.
public struct RecordedFill: Sendable, Equatable {
    public let side: Side
    /// Base units, above zero.
    public let size: Amount
    /// Quote units without commission: size times price, or the size itself where that is in quote units.
    public let notional: Amount
    /// Quote units that the exchange charged; negative for a rebate.
    public let commission: Amount

    /// - Parameters:
    ///   - size: base units, or quote units when `sizeInQuote`.
    ///   - price: quote units for one base unit.
    /// - Throws: `amountOutOfRange` unless size and price are above zero and within range; a quotient in base units is
    ///   cut after 12 decimals, a product after 23.
    public init(
        side: Side, size: Amount, sizeInQuote: Bool, price: Amount, commission: Amount
    ) throws(TradingError) {
        guard size.isPositive, price.isPositive else {
            throw .amountOutOfRange(operation: "a fill of \(size) at \(price)")
        }
        self.side = side
        self.commission = commission
        if sizeInQuote {
            self.size = try size.divided(by: price, scale: 12)
            notional = size
        } else {
            self.size = size
            notional = try size.times(price, over: Amount(1), scale: Amount.maximumScale)
        }
        guard self.size.isPositive, notional.isPositive else {
            throw .amountOutOfRange(operation: "a fill of \(size) at \(price)")
        }
    }
}
