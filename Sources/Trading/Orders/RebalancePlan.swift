/// A product held or wanted.
public struct RebalancePosition: Sendable, Equatable {
    /// The product; each once in a plan.
    public var product: ProductID
    /// Mid, in quote currency.
    public var price: Amount
    /// Step of order sizes, in base units; positive.
    public var baseIncrement: Amount
    /// Base units held, including holds.
    public var quantity: Amount
    /// Wanted share of equity, 0 to 1, at most 8 decimals.
    public var target: Amount
    /// The product's own minimum as a notional; the larger of this and the rules' minimum counts.
    public var minimumNotional: Amount

    /// Checks nothing; `RebalancePlan.init` does.
    public init(
        product: ProductID, price: Amount, baseIncrement: Amount, quantity: Amount, target: Amount,
        minimumNotional: Amount = .zero
    ) {
        self.product = product
        self.price = price
        self.baseIncrement = baseIncrement
        self.quantity = quantity
        self.target = target
        self.minimumNotional = minimumNotional
    }
}

/// The orders that bring holdings near their targets (domain rules 6, 1 to 5). Decimals only.
///
/// Buys wait until every sell is terminal; plan them again then, with the cash that really came in.
public struct RebalancePlan: Sendable, Equatable {
    /// One order of the plan; it has no limit price yet.
    public struct Order: Sendable, Equatable {
        /// The product of one of the positions.
        public let product: ProductID
        /// Sells reduce holdings above their band, buys fill those below it.
        public let side: Side
        /// On the product's increment.
        public let baseSize: Amount
        /// Size x price, exact.
        public let notional: Amount
    }

    /// Cash + the value of other holdings + sum of quantity x price.
    public let equity: Amount
    /// By notional, largest first; ties by product id.
    public let sells: [Order]
    /// By requested value before scaling, largest first; ties by product id.
    public let buys: [Order]
    /// What every requested buy was multiplied by, so that cash suffices: 0 to 1, cut after 12 decimals for display.
    /// The sizes themselves use the exact fraction. 0 when no buy was asked for.
    public let buyScale: Amount

    /// Sells before buys.
    public var orders: [Order] { sells + buys }

    /// - Parameters:
    ///   - cash: available quote currency.
    ///   - otherValue: what the account holds beside cash and positions: it counts as equity and is not traded.
    /// - Throws: `valueOutOfRange` for a price that is not positive, a negative quantity or a target outside 0...1;
    ///   `amountOutOfRange` for numbers no market has.
    public init(
        cash: Amount, otherValue: Amount = .zero, positions: [RebalancePosition],
        rules: RebalanceRules = RebalanceRules()
    ) throws(TradingError) {
        var equity = cash + otherValue
        for position in positions { equity = equity + (try position.checkedValue()) }
        self.equity = equity
        // A sum that left the range is a mark, not a number.
        guard equity.isInRange else { throw .amountOutOfRange(operation: "the equity of a rebalance") }
        guard equity.isPositive else {
            (sells, buys, buyScale) = ([], [], .zero)
            return
        }
        // Later products of three factors must fit 23 decimals. Below 10^-10 of a dollar nothing hangs on it.
        let basis = try equity.floored(to: RebalancePlan.finestEquity)
        var (sells, wishes): ([Order], [Wish]) = ([], [])
        for position in positions {
            switch try Deviation(position, equity: basis, rules: rules) {
            case .within: continue
            case .above(let excess):
                if let order = try position.order(.sell, worth: excess, rules: rules) { sells.append(order) }
            case .below(let missing): wishes.append(Wish(position: position, value: missing))
            }
        }
        self.sells = sells.sorted { ($1.notional, $0.product) < ($0.notional, $1.product) }
        let budget = try Budget(cash: cash, sells: sells, wishes: wishes, equity: basis, rules: rules)
        buyScale = try budget.scale()
        buys = try RebalancePlan.orders(for: wishes, budget: budget, rules: rules)
    }

    private static let finestEquity = Amount(coefficient: 1, scale: 10)

    private static func orders(
        for wishes: [Wish], budget: Budget, rules: RebalanceRules
    ) throws(TradingError) -> [Order] {
        let ranked = wishes.sorted { ($1.value, $0.position.product) < ($0.value, $1.position.product) }
        var orders: [Order] = []
        for wish in ranked {
            let worth = try budget.affordable(wish.value)
            if let order = try wish.position.order(.buy, worth: worth, rules: rules) { orders.append(order) }
        }
        return orders
    }
}

/// A buy that the targets ask for, before cash has been looked at.
private struct Wish {
    let position: RebalancePosition
    let value: Amount
}

/// Where a holding stands against its band, and the value that separates it from its destination.
private enum Deviation {
    case within
    case above(Amount)
    case below(Amount)

    init(_ position: RebalancePosition, equity: Amount, rules: RebalanceRules) throws(TradingError) {
        let target = position.target
        let band = try rules.band(around: target)
        let value = try position.price.times(position.quantity)
        // Everything times equity, so that no weight has to be divided and rounded.
        let high = try equity.times(target + band)
        let low = try equity.times(target - band)
        let middle = try equity.times(target)
        if value > high {
            let destination = target.isZero ? .zero : (rules.toEdge ? high : middle)
            self = .above(value - destination)
        } else if value < low {
            self = .below((rules.toEdge ? low : middle) - value)
        } else {
            self = .within
        }
    }
}

/// What buys may cost, and what they would.
private struct Budget {
    let available: Amount
    let cost: Amount

    init(
        cash: Amount, sells: [RebalancePlan.Order], wishes: [Wish], equity: Amount, rules: RebalanceRules
    ) throws(TradingError) {
        let afterFee = Amount(1) - rules.fee
        var (available, total) = (cash, Amount.zero)
        for sell in sells { available = available + (try sell.notional.floored(to: Budget.finest).times(afterFee)) }
        for wish in wishes { total = total + wish.value }
        self.available = max(.zero, available - (try equity.times(rules.reserve)))
        cost = try total.ceiled(to: Budget.finest).times(Amount(1) + rules.fee)
    }

    private static let finest = Amount(coefficient: 1, scale: 16)

    func scale() throws(TradingError) -> Amount {
        if cost.isZero { return .zero }
        return cost <= available ? Amount(1) : try available.divided(by: cost, scale: 12)
    }

    /// value x available / cost, cut to the finest decimal; the value itself when there is enough.
    func affordable(_ value: Amount) throws(TradingError) -> Amount {
        cost <= available ? value : try value.times(available, over: cost, scale: 16)
    }
}

extension RebalancePosition {
    fileprivate func checkedValue() throws(TradingError) -> Amount {
        guard price.isPositive, !quantity.isNegative, !target.isNegative, target <= Amount(1) else {
            throw .valueOutOfRange(
                subject: "rebalance of \(product)", problem: "price \(price), quantity \(quantity), target \(target)",
                remedy: "Give a positive price, a quantity from 0 and a target from 0 to 1")
        }
        return try price.times(quantity)
    }

    /// An order for at most `value`, or `nil` when it falls below the minimum. A sell never exceeds the holding.
    fileprivate func order(
        _ side: Side, worth value: Amount, rules: RebalanceRules
    ) throws(TradingError) -> RebalancePlan.Order? {
        let size = try value.divided(by: price, scale: baseIncrement.scale)
        let baseSize = try (side == .sell ? min(size, quantity) : size).floored(to: baseIncrement)
        let notional = try baseSize.times(price)
        guard baseSize.isPositive, notional >= max(rules.minimumNotional, minimumNotional) else { return nil }
        return RebalancePlan.Order(product: product, side: side, baseSize: baseSize, notional: notional)
    }
}
