/// What the fills of one product add up to: counts, sums and both ways of looking at the gain.
///
/// Sums are exact. `totalSpent` is what buys cost with their commissions, `totalReceived` what sells brought in without
/// theirs. A fill whose numbers cannot be used counts in `trades` and in no sum.
public struct ProductProfit: Sendable, Equatable {
    /// All fills, readable or not.
    public private(set) var trades = 0
    /// Readable buys.
    public private(set) var buys = 0
    /// Readable sells.
    public private(set) var sells = 0
    /// Quote units.
    public private(set) var totalSpent = Amount.zero
    /// Quote units.
    public private(set) var totalReceived = Amount.zero
    /// Quote units.
    public private(set) var totalFees = Amount.zero
    /// The position in the order of time.
    public private(set) var position = AverageCostPosition()
    private var bought = Sum()
    private var sold = Sum()

    private struct Sum: Equatable {
        var size = Amount.zero
        var notional = Amount.zero

        /// Cut after 18 decimals; nil for none.
        var average: Amount? { try? notional.divided(by: size, scale: 18) }
    }

    /// No fill yet.
    public init() {}

    /// - Parameter fills: oldest first; nil for one whose numbers cannot be used.
    public init(_ fills: some Sequence<RecordedFill?>) { for fill in fills { add(fill) } }

    /// Counts the next fill, in the order of time.
    public mutating func add(_ fill: RecordedFill?) {
        trades += 1
        // A sum that leaves the range of amounts takes no further fill.
        guard let fill, (try? position.add(fill)) != nil else { return }
        totalFees = totalFees + fill.commission
        if fill.side == .buy {
            buys += 1
            bought.size = bought.size + fill.size
            bought.notional = bought.notional + fill.notional
            totalSpent = totalSpent + fill.notional + fill.commission
        } else {
            sells += 1
            sold.size = sold.size + fill.size
            sold.notional = sold.notional + fill.notional
            totalReceived = totalReceived + fill.notional - fill.commission
        }
    }

    /// Base units; below zero for a short position.
    public var holdings: Amount { position.quantity }
    /// The average price of all buys, sold since or not, without commissions; nil without a buy.
    public var averageBuyPrice: Amount? { bought.average }
    /// The average price of all sells, without commissions; nil without a sell.
    public var averageSellPrice: Amount? { sold.average }

    /// The gain of what was sold over the average price of all buys, earlier or later than the sell, less the
    /// commissions of sells: the rule of the old backend's performance of one bot. Zero without a buy.
    ///
    /// For a short position what was bought counts, over the average price of all sells.
    public var realizedOverAllBuys: Amount {
        guard let bought = bought.average, let sold = sold.average else { return .zero }
        guard holdings.isNegative else {
            return totalReceived - ((try? bought.times(self.sold.size, over: Amount(1), scale: 18)) ?? .zero)
        }
        return ((try? sold.times(self.bought.size, over: Amount(1), scale: 18)) ?? .zero) - totalSpent
    }

    /// The counterpart of `realizedOverAllBuys`: what is held, over the average price of all buys; of a short position,
    /// over that of all sells.
    public func unrealizedOverAllBuys(at price: Amount) -> Amount {
        guard let entry = holdings.isNegative ? averageSellPrice : averageBuyPrice else { return .zero }
        return (try? holdings.times(price - entry, over: Amount(1), scale: 18)) ?? .zero
    }
}
