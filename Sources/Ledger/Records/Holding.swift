public import Trading

/// What the fills of one product add up to, average-cost method.
public struct Holding: Sendable, Equatable {
    /// Base units.
    public private(set) var quantity = Amount.zero
    /// Quote units paid for `quantity`, commissions included.
    public private(set) var cost = Amount.zero
    /// Base units sold that no recorded buy covers: fills from before the ledger began.
    public private(set) var unmatchedSales = Amount.zero

    /// `nil` when nothing is held; cut after 12 decimals.
    public var averageCost: Amount? { try? cost.divided(by: quantity, scale: 12) }

    /// The fills must come oldest first.
    init(_ fills: [RawTradeRecord]) throws(LedgerError) {
        for fill in fills { try add(fill) }
    }

    private mutating func add(_ fill: RawTradeRecord) throws(LedgerError) {
        let size = try fill.baseSize()
        switch fill.side {
        case .buy:
            quantity = quantity + size
            cost = cost + (try fill.notional()) + fill.commission
        case .sell where size >= quantity:
            unmatchedSales = unmatchedSales + (size - quantity)
            (quantity, cost) = (.zero, .zero)
        case .sell:
            // Selling leaves the average cost as it was.
            let left = quantity - size
            cost = share(left) ?? cost
            quantity = left
        }
    }

    /// cost x left / quantity, cut after 12 decimals.
    private func share(_ left: Amount) -> Amount? {
        guard let ratio = try? left.divided(by: quantity, scale: Amount.maximumScale),
            let short = try? Amount(cost.text(scale: 8)), let cut = try? Amount(ratio.text(scale: 15))
        else { return nil }
        return try? short.times(cut)
    }
}
