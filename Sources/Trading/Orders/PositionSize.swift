/// How much to trade, or why nothing. All in exact decimals.
public enum PositionSize: Sendable, Equatable {
    /// A base size on the product's increment, and its notional at the price it was computed with.
    case order(baseSize: Amount, notional: Amount)
    case skip(Skip)

    /// Raw values are stored.
    public enum Skip: String, Sendable, Codable, CaseIterable {
        case nothingToSell = "NOTHING_TO_SELL"
        case belowProductMinimum = "BELOW_PRODUCT_MINIMUM"
        case belowSmallestOrder = "BELOW_10_USD"
        /// The price or the configured size is zero or negative.
        case unusable = "UNUSABLE_PRICE_OR_SIZE"
    }

    /// Orders below this notional are not worth their fee (domain rules 5 and 6).
    public static let smallestNotional = Amount(10)

    /// `sizing: fixed`: the bot's own notional, whatever the score.
    /// - Parameters:
    ///   - notional: the bot's `positionSizeUSD`, in quote currency.
    ///   - price: mid of a fresh quote.
    ///   - holding: available base units; a SELL never exceeds it, a BUY ignores it.
    ///   - isThin: halves the size, since the product trades too rarely for a full one.
    /// - Throws: `amountOutOfRange` for numbers no market has, `incrementNotPositive` for a broken product.
    public static func fixed(
        _ side: Side, notional: Amount, price: Amount, holding: Amount, product: Product, isThin: Bool
    ) throws(TradingError) -> PositionSize {
        guard price.isPositive, notional.isPositive else { return .skip(.unusable) }
        let increment = product.baseIncrement
        var size = try (isThin ? notional.halved : notional).divided(by: price, scale: increment.scale)
        if side == .sell {
            guard holding.isPositive else { return .skip(.nothingToSell) }
            size = min(size, holding)
        }
        if product.baseMaxSize.isPositive { size = min(size, product.baseMaxSize) }
        size = try size.floored(to: increment)
        let value = try size.times(price)
        guard size.isPositive, size >= product.baseMinSize, value >= product.quoteMinSize else {
            return .skip(.belowProductMinimum)
        }
        guard value >= smallestNotional else { return .skip(.belowSmallestOrder) }
        return .order(baseSize: size, notional: value)
    }
}
