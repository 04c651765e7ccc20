import Trading

/// How resting orders fill and end. Pure: the same order at the same times fills the same, in whatever process and
/// whenever it is computed.
struct PaperSettlement: Sendable {
    /// Sub-ticks settled in one look at one order: a week. A longer rest goes on at the next look.
    static let subTickLimit = 20_160
    /// Sub-ticks without a fill after which the progress is stored all the same, to keep looks cheap.
    static let storeAfter = 120

    let market: PaperMarket
    let marketTime: MarketTime

    /// Settles every resting order up to the sub-tick that holds `now` (real time, UTC seconds).
    func settle(_ state: inout PaperState, through now: Int) throws(ExchangeError) {
        for order in state.open.values.sorted(by: { $0.id < $1.id }) {
            try settle(order, in: &state, through: subTick(of: now))
        }
    }

    /// Ends a resting order and frees what it held; its fills stay.
    func cancel(_ order: PaperOrder, in state: inout PaperState, reason: String) throws(ExchangeError) {
        var order = order
        order.status = .cancelled
        order.reason = reason
        let (currency, hold) = try hold(of: order, size: order.remaining)
        state.change(currency, available: hold, hold: -hold)
        state.update(order)
    }

    /// What resting on `size` reserves: the sold base, or the price with the maker fee.
    func hold(of order: PaperOrder, size: Amount) throws(ExchangeError) -> (currency: String, amount: Amount) {
        guard order.side == .buy else { return (order.product.base, size) }
        let price = order.configuration.limitPrice ?? .zero
        return try exact("the hold of order \(order.id)") { () throws(TradingError) in
            let value = try price.times(size)
            return (order.product.quote, value + (try value.times(order.makerRate)))
        }
    }

    func subTick(of time: Int) -> Int { time - time % PaperMarket.subTick }

    private func settle(_ original: PaperOrder, in state: inout PaperState, through last: Int) throws(ExchangeError) {
        var order = original
        let listing = try market.listing(order.product)
        guard let price = order.configuration.limitPrice.flatMap(listing.price.count) else { return }
        let final = min(last, order.settledThrough + Self.subTickLimit * PaperMarket.subTick)
        while order.settledThrough < final, order.status == .open {
            order.settledThrough += PaperMarket.subTick
            let book = try market.book(order.product, at: marketTime.market(at: order.settledThrough))
            let size = book.restingFill(
                side: order.side, price: price, remaining: listing.size.count(order.remaining) ?? 0,
                clientOrderID: order.clientOrderID)
            if size > 0 {
                try fill(&order, size: try listing.size.amount(size), in: &state)
            }
        }
        let progress = (order.settledThrough - original.settledThrough) / PaperMarket.subTick
        if order.fills.count > original.fills.count || progress >= Self.storeAfter { state.update(order) }
    }

    /// One maker fill at the order's own price, paid from what it holds.
    private func fill(_ order: inout PaperOrder, size: Amount, in state: inout PaperState) throws(ExchangeError) {
        let (currency, hold) = try hold(of: order, size: size)
        let price = order.configuration.limitPrice ?? .zero
        let rate = order.makerRate
        let (value, fee) = try exact("a fill of order \(order.id)") { () throws(TradingError) in
            let value = try price.times(size)
            return (value, try value.times(rate))
        }
        order.record(
            PaperOrder.Execution(
                price: price, size: size, commission: fee, liquidity: .maker, timeMs: order.settledThrough * 1000),
            value: value)
        state.change(currency, hold: -hold)
        switch order.side {
        case .buy: state.change(order.product.base, available: size)
        case .sell: state.change(order.product.quote, available: value - fee)
        }
        if order.remaining.isZero { order.status = .filled }
    }
}
