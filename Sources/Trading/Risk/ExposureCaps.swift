/// How much of an account may be invested (domain rules 4). Every buy is cut to what they leave.
public struct ExposureCaps: Sendable, Equatable {
    /// Which cap binds; raw values are stored as the reason of an order that was not placed.
    public enum Cap: String, Sendable, Codable, CaseIterable {
        case product = "PRODUCT_CAP"
        case gross = "GROSS_EXPOSURE"
    }

    /// What a buy may still cost.
    public struct Room: Sendable, Equatable {
        /// In quote currency at the order's limit; zero when nothing is left.
        public let worth: Amount
        /// The cap that leaves the least.
        public let cap: Cap
    }

    /// Largest share of equity in one product, counted by its base currency.
    public var perProduct = Amount(coefficient: 1, scale: 1)
    /// Largest share of equity in all products together.
    public var gross = Amount(coefficient: 9, scale: 1)

    /// The caps of the domain rules: a tenth of equity in one product, nine tenths in all.
    public init() {}

    /// The caps hold after a buy of at most this worth, whatever of it fills, beside all undecided buys.
    ///
    /// What a buy costs beyond the worth of the bought units, its fee and the way from mid to its limit, is gone from
    /// equity, which every cap is a share of. Two percent of the cost are reckoned with, more than any taker fee: in
    /// full for undecided buys, and for this one as far as a cap shrinks with it (a tenth, nine tenths).
    /// - Parameters:
    ///   - secureEquity: equity without what has no fresh price: an upper bound of one product must not rest on it.
    ///   - equity: all of it, by the best prices known.
    ///   - product: what is held of the product and may still be bought by undecided orders.
    ///   - exposure: the same for all products.
    ///   - undecided: what undecided buys of all products may cost; it is part of the exposure.
    /// - Throws: `amountOutOfRange` for numbers no market has.
    public func room(
        secureEquity: Amount, equity: Amount, product: Amount, exposure: Amount, undecided: Amount = .zero
    ) throws(TradingError) -> Room {
        let gone = try undecided.times(Amount(2), over: Amount(100), scale: 10)
        let inProduct = try room(below: perProduct, of: secureEquity - gone, beside: product, thousandths: 1_002)
        let inAll = try room(below: gross, of: equity - gone, beside: exposure, thousandths: 1_018)
        return inAll < inProduct ? Room(worth: inAll, cap: .gross) : Room(worth: inProduct, cap: .product)
    }

    /// What a buy may cost so that, its two percent gone, what is held stays below a share of equity.
    private func room(
        below share: Amount, of equity: Amount, beside held: Amount, thousandths: Int
    ) throws(TradingError) -> Amount {
        let most = try max(.zero, equity).floored(to: Amount(coefficient: 1, scale: 8)).times(share)
        return try max(.zero, most - held).times(Amount(1_000), over: Amount(thousandths), scale: 10)
    }
}
