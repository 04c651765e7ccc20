import Trading

/// Balances and resting orders at one version, and what has been changed since it was read. Pure.
struct PaperState: Sendable {
    struct Balance: Sendable, Equatable {
        var available = Amount.zero
        var hold = Amount.zero
    }

    /// Resting orders allowed at once, as Coinbase allows per product; it also bounds the work of one commit.
    static let openLimit = 500

    let version: Int
    private(set) var balances: [String: Balance]
    private(set) var open: [String: PaperOrder]
    /// What a commit has to write.
    private(set) var changedCurrencies: Set<String> = []
    private(set) var changedOrders: [String: PaperOrder] = [:]
    private(set) var newOrder: PaperOrder?

    init(version: Int, balances: [String: Balance], open: [String: PaperOrder]) {
        self.version = version
        self.balances = balances
        self.open = open
    }

    var isChanged: Bool { !changedCurrencies.isEmpty || !changedOrders.isEmpty }

    func balance(_ currency: String) -> Balance { balances[currency] ?? Balance() }

    /// Adds to both parts of a balance; negative amounts take away.
    mutating func change(_ currency: String, available: Amount = .zero, hold: Amount = .zero) {
        guard !available.isZero || !hold.isZero else { return }
        balances[currency, default: Balance()].available = balance(currency).available + available
        balances[currency, default: Balance()].hold = balance(currency).hold + hold
        changedCurrencies.insert(currency)
    }

    /// Stores a new order; resting or already terminal.
    mutating func add(_ order: PaperOrder) {
        newOrder = order
        update(order)
    }

    /// Stores an order's new state; a terminal one leaves the open orders.
    mutating func update(_ order: PaperOrder) {
        open[order.id] = order.status.isTerminal ? nil : order
        changedOrders[order.id] = order
    }
}
