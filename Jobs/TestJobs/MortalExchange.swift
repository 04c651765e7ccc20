public import Exchange
public import Foundation
public import Trading

/// An exchange that kills its process once, right after an order was placed, if a file exists; the file is removed with
/// it.
///
/// A test cannot kill a worker between order and record from outside.
public struct MortalExchange: ExchangeClient {
    private let exchange: any ExchangeClient
    private let file: String

    /// - Parameter file: the process that removes it after an order kills itself.
    public init(_ exchange: any ExchangeClient, killAfterOrder file: String) {
        self.exchange = exchange
        self.file = file
    }

    public func place(_ order: OrderRequest) async throws(ExchangeError) -> PlacedOrder {
        let placed = try await exchange.place(order)
        // Only one of several processes removes the file.
        if unlink(file) == 0 { kill(getpid(), SIGKILL) }
        return placed
    }

    public func products() async throws(ExchangeError) -> [Product] { try await exchange.products() }

    public func bestBidAsk(_ products: [ProductID]) async throws(ExchangeError) -> [Quote] {
        try await exchange.bestBidAsk(products)
    }

    public func candles(
        _ product: ProductID, granularity: Granularity, from: Int, to: Int
    ) async throws(ExchangeError) -> [Candle] {
        try await exchange.candles(product, granularity: granularity, from: from, to: to)
    }

    public func accounts() async throws(ExchangeError) -> [Account] { try await exchange.accounts() }

    public func order(_ id: String) async throws(ExchangeError) -> ExchangeOrder { try await exchange.order(id) }

    public func orders(product: ProductID, since: Date) async throws(ExchangeError) -> [ExchangeOrder] {
        try await exchange.orders(product: product, since: since)
    }

    public func fills(orderID: String) async throws(ExchangeError) -> [Fill] {
        try await exchange.fills(orderID: orderID)
    }

    public func cancel(_ ids: [String]) async throws(ExchangeError) -> [CancelResult] {
        try await exchange.cancel(ids)
    }

    public func feeRates() async throws(ExchangeError) -> FeeRates { try await exchange.feeRates() }
}
