public import Trading

/// The data and plan of a rebalance: the result of its job, and the output of a dry run. Amounts are exact decimals as
/// text.
public struct RebalanceReport: Codable, Sendable, Equatable {
    /// A product that is held or targeted.
    public struct Position: Codable, Sendable, Equatable {
        /// Such as `BTC-USD`; a holding that the exchange does not list is named in the same way.
        public var product: String
        /// The running bot to which its orders belong; of several the one with the smallest id.
        public var bot: Int?
        /// Base units held, including those on hold; zero for a target that is not held.
        public var quantity: Amount
        /// In cash; `nil` when it is not known.
        public var price: Amount?
        /// Where the price comes from, as `HoldingValue.Basis` names it.
        public var basis: String?
        /// Quantity times price in cash, cut after ten decimals; zero without a price.
        public var value: Amount
        /// Share of equity, cut after eight decimals.
        public var weight: Amount?
        /// Wanted share of equity; `nil` when it is not traded.
        public var target: Amount?
        /// How far the weight may differ from the target without an order.
        public var band: Amount?
        /// The sizes of the product's running bots, added up; `nil` when they do not apply.
        public var botSize: Amount?
        /// Why it is not traded; `nil` when it takes part.
        public var note: String?

        enum CodingKeys: String, CodingKey {
            case product, bot, quantity, price, basis, value, weight, target, band, note
            case botSize = "bot_size"
        }
    }

    /// An order that the rebalance plans, or has enqueued an execution for.
    public struct Order: Codable, Sendable, Equatable {
        /// Such as `BTC-USD`.
        public var product: String
        /// `BUY` or `SELL`.
        public var side: String
        /// Base units, on the product's increment.
        public var baseSize: Amount
        /// Size times price in cash, exact; the execution takes its own limit.
        public var notional: Amount
        /// The execution's job; `nil` in a dry run.
        public var job: String?

        enum CodingKeys: String, CodingKey {
            case product, side, notional, job
            case baseSize = "base_size"
        }
    }

    /// Why no orders are placed: a code; `nil` when orders are placed, or none are needed.
    public var skipped: String?
    /// The same in a sentence, with the remedy.
    public var reason: String?
    /// Cash and all holdings by the best prices known; `nil` when the account was not read.
    public var equity: Amount?
    /// Free for new orders; `nil` when the account was not read.
    public var cash: Amount?
    /// The greatest share of equity for all targets.
    public var grossExposure: Amount
    /// By product.
    public var positions: [Position] = []
    /// Sells before buys. With sells the buys are absent: they follow, with the cash that the sells bring in.
    public var orders: [Order] = []
    /// Products without fresh data, and the data that they lack.
    public var lacking: [String: String] = [:]

    enum CodingKeys: String, CodingKey {
        case skipped, reason, equity, cash, positions, orders, lacking
        case grossExposure = "gross_exposure"
    }

    /// Whether the orders are complete: false while fresh data is lacking.
    public var isPlanned: Bool { skipped != RebalanceObstacle.staleData.rawValue }

    init(grossExposure: Amount) { self.grossExposure = grossExposure }
}

/// Codes of `RebalanceReport.skipped`, and of the notes of positions.
public enum RebalanceObstacle: String, Sendable, CaseIterable {
    /// No operator has agreed to rebalances of this ledger.
    case notConfirmed = "NOT_CONFIRMED"
    /// Another rebalance has not ended.
    case running = "REBALANCE_RUNNING"
    /// This rebalance has ended, or its turn never began.
    case over = "REBALANCE_OVER"
    /// An operator has halted buys or all orders.
    case halted = "HALTED"
    case staleData = "STALE_DATA"
    case noTargets = "NO_TARGETS"
    case notListed = "NOT_LISTED"
    case notTradable = "NOT_TRADABLE"
    case notInDollars = "NOT_IN_USD"
    /// Its price does not move, or its candles give no volatility.
    case noVolatility = "NO_VOLATILITY"
    /// An order of the product is undecided.
    case openOrder = "OPEN_ORDER"
    /// No running bot trades it: it counts as equity, and is not traded.
    case noRunningBot = "NO_RUNNING_BOT"
}
