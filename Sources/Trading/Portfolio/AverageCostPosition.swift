/// What is held of a product and what closing parts of it has earned, by the average cost of what was open at that
/// moment: fills in the order of time.
///
/// A buy that is followed by a sell at a higher price is a gain, whatever is bought later. A sell beyond what is held
/// opens a short position, which later buys close in the same way. The commission of a closing fill reduces the gain,
/// in proportion where the fill closes only a part; that of an opening fill is no part of the cost, as in the old
/// backend, and stands in the sum of fees.
public struct AverageCostPosition: Sendable, Equatable {
    /// Base units; below zero for a short position.
    public private(set) var quantity = Amount.zero
    /// Quote units for which `quantity` was bought, or sold short; never below zero.
    public private(set) var cost = Amount.zero
    /// Quote units earned by what was closed.
    public private(set) var realized = Amount.zero
    /// How many fills have closed something, and how many of them at a gain.
    public private(set) var closings = 0
    /// Closings that earned more than they cost, commission included.
    public private(set) var gains = 0

    /// Nothing held.
    public init() {}

    /// Adds the next fill.
    /// - Throws: `amountOutOfRange`; the position is as it was then.
    public mutating func add(_ fill: RecordedFill) throws(TradingError) {
        let isSameSide = quantity.isZero || quantity.isPositive == (fill.side == .buy)
        let signed = fill.side == .buy ? fill.size : -fill.size
        guard !isSameSide else {
            (quantity, cost) = (quantity + signed, cost + fill.notional)
            return
        }
        let closed = min(fill.size, quantity.magnitude)
        let notional = try Self.share(closed, of: fill.size, fill.notional)
        let commission = try Self.share(closed, of: fill.size, fill.commission)
        let entry = try Self.share(closed, of: quantity.magnitude, cost)
        let gain = (quantity.isPositive ? notional - entry : entry - notional) - commission
        let isReversed = fill.size > closed
        quantity = quantity + signed
        cost = isReversed ? fill.notional - notional : cost - entry
        realized = realized + gain
        closings += 1
        gains += gain.isPositive ? 1 : 0
    }

    /// What closing all of it at a price would earn, without commission; zero when nothing is held.
    /// - Throws: `amountOutOfRange`.
    public func unrealized(at price: Amount) throws(TradingError) -> Amount {
        guard !quantity.isZero else { return .zero }
        let worth = try value(at: price)
        return quantity.isPositive ? worth - cost : cost - worth
    }

    /// The quantity without its sign in quote units.
    /// - Throws: `amountOutOfRange`.
    public func value(at price: Amount) throws(TradingError) -> Amount {
        try quantity.magnitude.times(price, over: Amount(1), scale: 18)
    }

    /// whole x part / of, cut after 18 decimals; all of it without rounding.
    private static func share(_ part: Amount, of all: Amount, _ whole: Amount) throws(TradingError) -> Amount {
        part == all ? whole : try whole.times(part, over: all, scale: 18)
    }
}
