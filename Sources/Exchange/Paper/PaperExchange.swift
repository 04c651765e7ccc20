public import Foundation
public import Redis
public import Trading

/// An exchange that invents its market and keeps its books in Redis: for the demo and the tests.
///
/// All processes that use the same Redis share one account. Prices and fills are pure functions of time, so the
/// processes agree without messages; the effect of an order is committed in one step, keyed by its client id. Resting
/// orders are settled when a process reads them. See ops/decisions/0004-paper-exchange.md.
public struct PaperExchange: ExchangeClient {
    /// Rounds of read, compute, commit before giving up: each lost round means that another process got through.
    static let rounds = 100

    /// The account and the fees; all processes of one Redis must use the same.
    public struct Options: Sendable {
        /// Units of `cashCurrency`; counts only for an account that does not exist yet.
        public var startingCash: Amount
        /// The currency that the account begins with.
        public var cashCurrency = "USD"
        /// Charged on each fill and told by `feeRates`.
        public var fees: FeeRates
        /// Which moment of the offline market is the present one.
        public var time: MarketTime

        /// - Parameters:
        ///   - startingCash: only for an account that does not exist yet.
        ///   - fees: by default 0.40 % maker and 0.60 % taker.
        public init(
            startingCash: Amount = Amount(100_000), fees: FeeRates? = nil, time: MarketTime
        ) throws(ExchangeError) {
            self.startingCash = startingCash
            self.time = time
            let usual = try exact("the default fees") { () throws(TradingError) in
                FeeRates(maker: try Amount("0.004"), taker: try Amount("0.006"))
            }
            self.fees = fees ?? usual
        }
    }

    let market: PaperMarket
    let options: Options
    let store: PaperStore
    let loaded: LoadedMarket
    private let faults: PaperFaults
    let now: @Sendable () -> Date
    private let beforeRequest: BeforeRequest

    /// - Parameter beforeRequest: takes the caller's tokens; the exchange has no limiter of its own.
    public init(
        market: PaperMarket, redis: RedisClient, options: Options, now: @escaping @Sendable () -> Date,
        beforeRequest: @escaping BeforeRequest = { _ throws(ExchangeError) in }
    ) {
        self.market = market
        self.options = options
        self.now = now
        self.beforeRequest = beforeRequest
        store = PaperStore(redis: redis, startingCash: options.startingCash, cashCurrency: options.cashCurrency)
        loaded = LoadedMarket(redis: redis)
        faults = PaperFaults(redis: redis)
    }

    /// Accepts an order in one step in Redis; a repeat of its client id answers with the first order.
    /// - Throws: as `ExchangeClient.place`; an ordered fault strikes here too.
    public func place(_ order: OrderRequest) async throws(ExchangeError) -> PlacedOrder {
        let candidates: [PaperFault] = [.rateLimit, .serverError, .dropResponse, .duplicateDelivery]
        let fault: PaperFault?
        do {
            fault = try await begin(.orderEntry, "place", candidates)
        } catch {
            // A 5xx answer to a POST says nothing about the order.
            guard case .unavailable(_, let reason) = error else { throw error }
            throw .outcomeUnknown(order.clientOrderID, reason: reason)
        }
        if fault == .duplicateDelivery { _ = try await accept(order) }
        let accepted = try await accept(order)
        if fault == .dropResponse {
            throw .outcomeUnknown(order.clientOrderID, reason: "the answer was dropped by a test")
        }
        return accepted.placed
    }

    /// Settles resting orders up to now, then tells the order. - Throws: `notFound` for an unknown id.
    public func order(_ id: String) async throws(ExchangeError) -> ExchangeOrder {
        _ = try await begin(.orderLookup, "order")
        return try await find(id, "order").exchangeOrder
    }

    /// Settles resting orders up to now, then tells the fills. - Throws: `notFound` for an unknown order.
    public func fills(orderID: String) async throws(ExchangeError) -> [Fill] {
        _ = try await begin(.orderLookup, "fills")
        return try await find(orderID, "fills").exchangeFills
    }

    /// Settles resting orders up to now. Only as many terminal orders are told as the store keeps.
    public func orders(product: ProductID, since: Date) async throws(ExchangeError) -> [ExchangeOrder] {
        _ = try await begin(.orderLookup, "orders")
        // Rounded down: an order of the same moment belongs to the answer.
        let sinceMs = milliseconds(since)
        let (state, _) = try await settled("orders") { _, _ in }
        do throws(PaperStoreFailure) {
            // Terminal ones are read after the open ones, so that one that ends in between is met and none is missed.
            let closed = try await store.closed(sinceMs: sinceMs)
            var byID = state.open.filter { $0.value.createdMs >= sinceMs }
            for order in closed { byID[order.id] = order }
            return byID.values.filter { $0.product == product }
                .sorted { ($0.createdMs, $0.id) < ($1.createdMs, $1.id) }.map(\.exchangeOrder)
        } catch {
            throw error.exchangeError(during: "orders")
        }
    }

    /// Settles resting orders up to now, then cancels those that are still open; their holds are released.
    /// - Throws: `refused` for more than 100 ids.
    public func cancel(_ ids: [String]) async throws(ExchangeError) -> [CancelResult] {
        _ = try await begin(.orderEntry, "cancel")
        guard ids.count <= 100 else {
            throw .refused(.invalidRequest, message: "at most 100 orders can be cancelled at once")
        }
        let settlement = settlement
        return try await settled("cancel") { (state, _) throws(ExchangeError) in
            var results: [CancelResult] = []
            for id in ids {
                if let order = state.open[id] {
                    try settlement.cancel(order, in: &state, reason: "cancelled by its owner")
                    results.append(CancelResult(orderID: id, success: true))
                } else {
                    results.append(CancelResult(orderID: id, success: false, failureReason: "UNKNOWN_CANCEL_ORDER"))
                }
            }
            return results
        }.result
    }

    /// Settles resting orders up to now. One entry for each currency that was ever held: those of a file in its order,
    /// then the others by name.
    public func accounts() async throws(ExchangeError) -> [Account] {
        _ = try await begin(.account, "accounts")
        let (state, _) = try await settled("accounts") { _, _ in }
        let places = Dictionary(
            try await loaded.currencies().enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        return state.balances
            .sorted { (places[$0.key] ?? .max, $0.key) < (places[$1.key] ?? .max, $1.key) }
            .map { Account(currency: $0.key, available: $0.value.available, hold: $0.value.hold) }
    }

    /// The rates of the options; they do not depend on the volume.
    public func feeRates() async throws(ExchangeError) -> FeeRates {
        _ = try await begin(.account, "feeRates")
        return options.fees
    }

    /// Takes the caller's tokens and lets an armed fault strike.
    func begin(
        _ kind: RequestClass, _ operation: String, _ candidates: [PaperFault] = [.rateLimit, .serverError]
    ) async throws(ExchangeError) -> PaperFault? {
        try await beforeRequest(kind)
        let fault: PaperFault?
        do {
            fault = try await faults.take(candidates)
        } catch {
            throw .unavailable(during: operation, reason: "\(error)")
        }
        if fault == .rateLimit { throw .rateLimited(retryAfter: .seconds(1)) }
        if fault == .serverError { throw .unavailable(during: operation, reason: "HTTP 500 was ordered by a test") }
        return fault
    }

    var realTime: Int { Int(now().timeIntervalSince1970.rounded(.down)) }
}

extension PaperExchange {
    private var settlement: PaperSettlement { PaperSettlement(market: market, marketTime: options.time) }

    /// Carries an order out once, however often it comes.
    private func accept(_ request: OrderRequest) async throws(ExchangeError) -> PaperOrder {
        let id = PaperOrder.id(for: request.clientOrderID)
        let nowMs = Int((now().timeIntervalSince1970 * 1000).rounded(.down))
        let (market, options, settlement) = (market, options, settlement)
        let loadedBook = try await loaded.book(request, in: market, at: nowMs / 1000)
        return try await settled("place", order: id) { (state, closed) throws(ExchangeError) in
            if let first = state.open[id] ?? closed ?? state.changedOrders[id] { return first }
            guard loadedBook != nil || market.lists(request.product) else {
                throw .refused(.invalidProduct, message: "there is no product \(request.product)")
            }
            let book: PaperBook
            if let loadedBook {
                book = loadedBook
            } else {
                book = try market.book(request.product, at: options.time.market(at: nowMs / 1000))
            }
            let acceptance = PaperAcceptance(settlement: settlement, rates: options.fees, book: book)
            try acceptance.accept(request, nowMs: nowMs, in: &state)
            guard let order = state.newOrder else {
                throw .unreadable(what: "order \(id)", reason: "it was accepted and not stored")
            }
            return order
        }.result
    }

    /// The order `id`, settled up to now.
    private func find(_ id: String, _ operation: String) async throws(ExchangeError) -> PaperOrder {
        let found = try await settled(operation, order: id) { state, closed in
            state.open[id] ?? state.changedOrders[id] ?? closed
        }.result
        guard let found else { throw .notFound(what: "order \(id)") }
        return found
    }

    /// Reads the state, settles the resting orders, lets `change` work on it and commits; starts again when another
    /// process was quicker. `change` may run several times and sees the order `id` if it is terminal.
    func settled<Result: Sendable>(
        _ operation: String, order id: String? = nil,
        _ change: (inout PaperState, PaperOrder?) throws(ExchangeError) -> Result
    ) async throws(ExchangeError) -> (state: PaperState, result: Result) {
        for _ in 0..<Self.rounds {
            if let done = try await round(operation, id, change) { return done }
        }
        throw .unavailable(during: operation, reason: "\(Self.rounds) other changes came first")
    }

    /// One round; `nil` when another process was quicker.
    private func round<Result: Sendable>(
        _ operation: String, _ id: String?,
        _ change: (inout PaperState, PaperOrder?) throws(ExchangeError) -> Result
    ) async throws(ExchangeError) -> (state: PaperState, result: Result)? {
        var (state, closed) = try await reading(operation, id)
        try settlement.settle(&state, through: realTime)
        let result = try change(&state, closed)
        guard state.isChanged else { return (state, result) }
        switch try await committing(state, operation) {
        case .done: return (state, result)
        // An order that exists by now is met in the next round.
        case .exists, .conflict: return nil
        }
    }

    private func reading(
        _ operation: String, _ id: String?
    ) async throws(ExchangeError) -> (state: PaperState, closed: PaperOrder?) {
        do {
            return try await store.read(order: id)
        } catch {
            throw error.exchangeError(during: operation)
        }
    }

    private func committing(_ state: PaperState, _ operation: String) async throws(ExchangeError) -> PaperStore.Commit {
        do {
            return try await store.commit(state)
        } catch {
            if let order = state.newOrder, error.mayHaveRun {
                throw .outcomeUnknown(order.clientOrderID, reason: error.reason)
            }
            throw error.exchangeError(during: operation)
        }
    }
}
