import Exchange
import Foundation
import Trading

/// What is asked of the exchange.
enum ExchangeCall: String, Sendable, CaseIterable {
    case products, bestBidAsk, candles, accounts, place, order, orders, fills, cancel, feeRates
}

/// A moment around a request at which an attempt can be struck.
enum ExchangeMoment: Sendable, Equatable {
    case before(ExchangeCall)
    case after(ExchangeCall)
}

/// The paper exchange, with a say before and after each request for the plot of the attempt that makes it.
struct ProbedExchange: ExchangeClient {
    let exchange: PaperExchange
    let record: CallRecord

    func products() async throws(ExchangeError) -> [Product] {
        try await probed(.products) { () throws(ExchangeError) in try await exchange.products() }
    }

    func bestBidAsk(_ products: [ProductID]) async throws(ExchangeError) -> [Quote] {
        record.note(quotesOf: products)
        return try await probed(.bestBidAsk) { () throws(ExchangeError) in try await exchange.bestBidAsk(products) }
    }

    func candles(
        _ product: ProductID, granularity: Granularity, from: Int, to: Int
    ) async throws(ExchangeError) -> [Candle] {
        record.note(candlesOf: product)
        return try await probed(.candles) { () throws(ExchangeError) in
            try await exchange.candles(product, granularity: granularity, from: from, to: to)
        }
    }

    func accounts() async throws(ExchangeError) -> [Account] {
        try await probed(.accounts) { () throws(ExchangeError) in try await exchange.accounts() }
    }

    func place(_ order: OrderRequest) async throws(ExchangeError) -> PlacedOrder {
        record.note(placed: order)
        return try await probed(.place) { () throws(ExchangeError) in try await exchange.place(order) }
    }

    func order(_ id: String) async throws(ExchangeError) -> ExchangeOrder {
        try await probed(.order) { () throws(ExchangeError) in try await exchange.order(id) }
    }

    func orders(product: ProductID, since: Date) async throws(ExchangeError) -> [ExchangeOrder] {
        let listed = try await probed(.orders) { () throws(ExchangeError) in
            try await exchange.orders(product: product, since: since)
        }
        return AttemptPlot.current?.hidesOrders() == true ? [] : listed
    }

    func fills(orderID: String) async throws(ExchangeError) -> [Fill] {
        try await probed(.fills) { () throws(ExchangeError) in try await exchange.fills(orderID: orderID) }
    }

    func cancel(_ ids: [String]) async throws(ExchangeError) -> [CancelResult] {
        try await probed(.cancel) { () throws(ExchangeError) in try await exchange.cancel(ids) }
    }

    func feeRates() async throws(ExchangeError) -> FeeRates {
        try await probed(.feeRates) { () throws(ExchangeError) in try await exchange.feeRates() }
    }

    private func probed<Answer>(
        _ call: ExchangeCall, _ ask: () async throws(ExchangeError) -> Answer
    ) async throws(ExchangeError) -> Answer {
        record.note(call)
        try await AttemptPlot.current?.reach(.before(call))
        let answer = try await ask()
        try await AttemptPlot.current?.reach(.after(call))
        return answer
    }
}
