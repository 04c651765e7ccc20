/// The worst price that an order may be filled at.
public enum LimitPrice {
    /// 0.50 % from mid (domain rules 7.1).
    public static let maxSlippage = Amount(coefficient: 5, scale: 3)

    /// mid x (1 + slippage) floored for a buy, mid x (1 - slippage) ceiled for a sell: rounding never worsens the cap.
    /// - Parameters:
    ///   - increment: the product's price increment.
    ///   - slippage: a fraction, 0 to below 1.
    /// - Throws: `valueOutOfRange` when mid is not positive, slippage not a fraction, or the cap rounds to zero.
    public static func cap(
        _ side: Side, mid: Amount, increment: Amount, slippage: Amount = LimitPrice.maxSlippage
    ) throws(TradingError) -> Amount {
        guard mid.isPositive, !slippage.isNegative, slippage < Amount(1) else {
            throw .valueOutOfRange(
                subject: "limit price", problem: "mid \(mid) with slippage \(slippage) gives no cap",
                remedy: "Take mid from a fresh quote and slippage from 0 to below 1")
        }
        let price =
            switch side {
            case .buy: try mid.times(Amount(1) + slippage).floored(to: increment)
            case .sell: try mid.times(Amount(1) - slippage).ceiled(to: increment)
            }
        guard price.isPositive else {
            throw .valueOutOfRange(
                subject: "limit price", problem: "mid \(mid) rounds to zero at increment \(increment)",
                remedy: "Check the product's price increment")
        }
        return price
    }
}
