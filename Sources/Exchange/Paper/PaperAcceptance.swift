import Trading

/// Turns a request into an order: checks it, takes what the book gives at once, lets the rest rest or ends it. Pure.
struct PaperAcceptance: Sendable {
    let settlement: PaperSettlement
    let rates: FeeRates
    let book: PaperBook

    private var listing: PaperListing { book.listing }

    /// Adds the order to `state`, with its fills and what it holds.
    ///
    /// - Parameter nowMs: real time, unix ms.
    /// - Throws: `refused`; `state` is then to be thrown away.
    func accept(_ request: OrderRequest, nowMs: Int, in state: inout PaperState) throws(ExchangeError) {
        let checked = try PaperRules(listing: listing).check(request, isHalted: book.isHalted)
        let walk = try walk(request, checked)
        try checkFunds(request, walk, in: state)
        let bought = try listing.size.amount(walk.filled)
        var order = PaperOrder(
            id: PaperOrder.id(for: request.clientOrderID), clientOrderID: request.clientOrderID,
            product: request.product, side: request.side, configuration: request.configuration, createdMs: nowMs,
            size: request.configuration.baseSize ?? bought, makerRate: rates.maker, status: .open, reason: nil,
            settledThrough: settlement.subTick(of: nowMs / 1000))
        for level in walk.taken { try take(level, for: &order, in: &state) }
        try finish(&order, in: &state)
    }

    /// What the order takes at once; nothing for post-only.
    private func walk(_ request: OrderRequest, _ checked: PaperRules.Checked) throws(ExchangeError) -> DepthWalk {
        switch request.configuration {
        case .limitGTC(_, _, postOnly: true):
            let other = book.best(against: request.side)
            if let limit = checked.limit, request.side == .buy ? limit >= other : limit <= other {
                throw .refused(.wouldCross, message: "a post-only order at that price would take")
            }
            return DepthWalk([], side: request.side, size: 0)
        case .marketIOC(.quote(let budget)): return try spend(budget)
        case .sorLimitIOC, .limitGTC, .marketIOC:
            return book.take(checked.size ?? 0, side: request.side, limit: checked.limit)
        }
    }

    /// The largest purchase whose value with fee stays within `budget`.
    private func spend(_ budget: Amount) throws(ExchangeError) -> DepthWalk {
        let taker = rates.taker
        let scale = listing.value
        let net = try exact("\(budget) less fees") { () throws(TradingError) in
            try budget.divided(by: Amount(1) + taker, scale: scale.decimals)
        }
        // A budget below quote_max_size has far fewer digits than 128 bits hold.
        var rest = Int128(net.text(scale: scale.decimals).filter { $0 != "." }) ?? 0
        var size = 0
        for level in book.levels(against: .buy) {
            let part = min(level.size, Int(rest / Int128(level.price)))
            size += part
            rest -= Int128(part) * Int128(level.price)
            if part < level.size { break }
        }
        return book.take(size, side: .buy)
    }

    /// Like Coinbase, demands the money for the whole order at its limit, with the fee it would pay.
    private func checkFunds(_ request: OrderRequest, _ walk: DepthWalk, in state: PaperState) throws(ExchangeError) {
        let currency = request.side == .buy ? request.product.quote : request.product.base
        let free = state.balance(currency).available
        let needed: Amount
        switch (request.side, request.configuration) {
        case (.sell, let configuration): needed = configuration.baseSize ?? .zero
        case (.buy, .sorLimitIOC(let size, let price)): needed = try cost(price, size, rates.taker)
        case (.buy, .limitGTC(let size, let price, let postOnly)):
            needed = try cost(price, size, postOnly ? rates.maker : rates.taker)
        case (.buy, .marketIOC): needed = try cost(listing.value.amount(walk.cost), Amount(1), rates.taker)
        }
        guard needed <= free else {
            throw .refused(.insufficientFund, message: "\(needed) \(currency) needed, \(free) available")
        }
    }

    private func cost(_ price: Amount, _ size: Amount, _ rate: Amount) throws(ExchangeError) -> Amount {
        try exact("\(price) × \(size) with fee") { () throws(TradingError) in
            let value = try price.times(size)
            return value + (try value.times(rate))
        }
    }

    private func take(
        _ level: BookLevel, for order: inout PaperOrder, in state: inout PaperState
    ) throws(ExchangeError) {
        let (price, size) = (try listing.price.amount(level.price), try listing.size.amount(level.size))
        let taker = rates.taker
        let (value, fee) = try exact("a fill of order \(order.id)") { () throws(TradingError) in
            let value = try price.times(size)
            return (value, try value.times(taker))
        }
        order.record(
            PaperOrder.Execution(
                price: price, size: size, commission: fee, liquidity: .taker, timeMs: order.createdMs),
            value: value)
        switch order.side {
        case .buy:
            state.change(order.product.quote, available: -(value + fee))
            state.change(order.product.base, available: size)
        case .sell:
            state.change(order.product.base, available: -size)
            state.change(order.product.quote, available: value - fee)
        }
    }

    /// What is left after taking rests with a hold, or ends.
    private func finish(_ order: inout PaperOrder, in state: inout PaperState) throws(ExchangeError) {
        switch order.configuration {
        case _ where order.remaining.isZero && !order.size.isZero: order.status = .filled
        case .sorLimitIOC, .marketIOC:
            order.status = .cancelled
            order.reason = "the book had no more within the limit"
        case .limitGTC:
            guard state.open.count < PaperState.openLimit else {
                throw .refused(.orderEntryDisabled, message: "there are \(PaperState.openLimit) open orders already")
            }
            let (currency, hold) = try settlement.hold(of: order, size: order.remaining)
            state.change(currency, available: -hold, hold: hold)
        }
        state.add(order)
    }
}
