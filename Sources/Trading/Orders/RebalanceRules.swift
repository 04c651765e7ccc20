/// How far a holding may drift, and what a rebalance may spend (domain rules 6).
public struct RebalanceRules: Sendable, Equatable {
    /// No trade within max(`bandAbsolute`, `bandRelative` x target) of the target; fractions of equity.
    public var bandAbsolute = Amount(coefficient: 1, scale: 2)
    /// A fraction of the target: 0.2 of a target of 0.1 is a band of 0.02.
    public var bandRelative = Amount(coefficient: 2, scale: 1)
    /// Trade to the nearest edge of the band (less turnover), or all the way to the target.
    public var toEdge = true
    /// Orders below it are skipped, in quote currency.
    public var minimumNotional = Amount(10)
    /// Taker fee as a fraction of notional.
    public var fee = Amount(coefficient: 6, scale: 3)
    /// Share of equity that buys may not touch.
    public var reserve = Amount(coefficient: 2, scale: 2)

    /// The defaults of the domain rules: band 0.01 or 0.20 of target, to the edge, 10 USD, fee 0.006, reserve 0.02.
    public init() {}

    /// How far a holding may be from its target, as a fraction of equity.
    public func band(around target: Amount) throws(TradingError) -> Amount {
        max(bandAbsolute, try bandRelative.times(target))
    }
}
