public import Foundation
public import Trading

/// Everything the fleet asks of an exchange; the one protocol behind which Coinbase and the paper exchange stand.
///
/// No method retries and none limits its own rate: tokens are taken in `BeforeRequest`, retries are the queue's.
/// Field meanings follow Coinbase Advanced Trade. Times are UTC, money exact decimals.
public protocol ExchangeClient: Sendable {
    /// All tradable pairs with their increments and flags, in the exchange's order. One request.
    func products() async throws(ExchangeError) -> [Product]

    /// The best bid and ask of each of `products`, in one request. A product the exchange does not know is left out.
    func bestBidAsk(_ products: [ProductID]) async throws(ExchangeError) -> [Quote]

    /// Candles that start in `from..<to` (UTC seconds), oldest first, at most 300.
    ///
    /// Slots without a trade are missing. The newest may still be forming: drop it when `start + granularity > now`.
    func candles(
        _ product: ProductID, granularity: Granularity, from: Int, to: Int
    ) async throws(ExchangeError) -> [Candle]

    /// One entry for each currency that was ever held.
    func accounts() async throws(ExchangeError) -> [Account]

    /// Sends one order. The same `clientOrderID` again creates nothing and answers with the first order.
    ///
    /// After `outcomeUnknown` look the order up with `orders(product:since:)` before sending again with the same id.
    /// - Throws: `refused` when the exchange declined: nothing was created, and a repeat would be declined too.
    func place(_ order: OrderRequest) async throws(ExchangeError) -> PlacedOrder

    /// The present state of an order, by the exchange's id. - Throws: `notFound` for an id it does not know.
    func order(_ id: String) async throws(ExchangeError) -> ExchangeOrder

    /// Orders of one product created at or after `since`, in any state, oldest first.
    ///
    /// No exchange call finds an order by its client id: compare `clientOrderID` in this list.
    func orders(product: ProductID, since: Date) async throws(ExchangeError) -> [ExchangeOrder]

    /// All fills of one order, oldest first. - Throws: `notFound` for an id the exchange does not know.
    func fills(orderID: String) async throws(ExchangeError) -> [Fill]

    /// Asks to cancel up to 100 orders; one result for each, in the order given.
    ///
    /// A cancelled order may have filled meanwhile: read it again before computing a remainder.
    func cancel(_ ids: [String]) async throws(ExchangeError) -> [CancelResult]

    /// The present maker and taker rates; the only trustworthy source of fees.
    func feeRates() async throws(ExchangeError) -> FeeRates
}

/// What a request is for, so that the composition can take the right tokens before it.
public enum RequestClass: String, Sendable, CaseIterable {
    /// products, bestBidAsk, candles
    case marketData
    /// accounts, feeRates
    case account
    /// order, orders, fills
    case orderLookup
    /// place, cancel
    case orderEntry
}

/// Called once before each request; throws `rateLimited` when there is no token, and then nothing is sent.
public typealias BeforeRequest = @Sendable (RequestClass) async throws(ExchangeError) -> Void
