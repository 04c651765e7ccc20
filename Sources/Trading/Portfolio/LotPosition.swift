/// What is held of a product, lot by lot: a sell takes the oldest buys first. Commissions do not count, and a sell
/// beyond what is held is ignored, as in the old backend's positions.
public struct LotPosition: Sendable, Equatable {
    /// One buy, or what is left of it.
    private struct Lot: Equatable {
        var size: Amount
        /// Quote units for `size`.
        var cost: Amount
    }

    private var lots: ArraySlice<Lot> = []
    /// Quote units that sells have earned over their lots.
    public private(set) var realized = Amount.zero

    /// Nothing held.
    public init() {}

    /// Base units.
    public var quantity: Amount { lots.reduce(Amount.zero) { $0 + $1.size } }

    /// Quote units for one base unit of what is held, cut after 18 decimals; zero when nothing is.
    public var averageCost: Amount {
        (try? lots.reduce(Amount.zero) { $0 + $1.cost }.divided(by: quantity, scale: 18)) ?? .zero
    }

    /// Adds the next fill, in the order of time.
    /// - Throws: `amountOutOfRange`; the position is as it was then.
    public mutating func add(_ fill: RecordedFill) throws(TradingError) {
        guard fill.side == .sell else {
            lots.append(Lot(size: fill.size, cost: fill.notional))
            return
        }
        var rest = lots
        var left = fill.size
        var gain = Amount.zero
        while let lot = rest.first, left.isPositive {
            let taken = min(left, lot.size)
            let cost = taken == lot.size ? lot.cost : try lot.cost.times(taken, over: lot.size, scale: 18)
            gain = gain + (try fill.notional.times(taken, over: fill.size, scale: 18)) - cost
            left = left - taken
            if taken == lot.size {
                rest.removeFirst()
            } else {
                rest[rest.startIndex] = Lot(size: lot.size - taken, cost: lot.cost - cost)
            }
        }
        lots = rest
        realized = realized + gain
    }
}
