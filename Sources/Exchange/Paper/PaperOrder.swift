import Crypto
import Foundation
import Trading

/// An order of the paper exchange with its fills, as stored (JSON). Times are real time.
struct PaperOrder: Sendable, Equatable, Codable {
    struct Execution: Sendable, Equatable, Codable {
        let price: Amount
        let size: Amount
        let commission: Amount
        let liquidity: Fill.Liquidity
        let timeMs: Int
    }

    let id: String
    let clientOrderID: ClientOrderID
    let product: ProductID
    let side: Side
    let configuration: OrderConfiguration
    let createdMs: Int
    /// Ordered, in the base currency; of a market order sized in the quote currency, what it bought.
    let size: Amount
    /// Rates at the time of the order, so that every process computes the same fills later.
    let makerRate: Amount
    var status: OrderStatus
    var reason: String?
    /// Resting fills are settled up to this sub-tick, UTC seconds.
    var settledThrough: Int
    var filledSize = Amount.zero
    var filledValue = Amount.zero
    var totalFees = Amount.zero
    var fills: [Execution] = []

    /// The exchange's id follows from the client's, so that a repeat meets the first order without an index.
    static func id(for client: ClientOrderID) -> String {
        uuid(version8: Array(SHA256.hash(data: Array("paper|\(client)".utf8)).prefix(16)))
    }

    var remaining: Amount { size - filledSize }

    /// Appends a fill and adds it to the totals.
    mutating func record(_ fill: Execution, value: Amount) {
        fills.append(fill)
        filledSize = filledSize + fill.size
        filledValue = filledValue + value
        totalFees = totalFees + fill.commission
    }

    var placed: PlacedOrder {
        PlacedOrder(
            orderID: id, clientOrderID: clientOrderID, product: product, side: side, configuration: configuration)
    }

    var exchangeOrder: ExchangeOrder {
        ExchangeOrder(
            orderID: id, clientOrderID: clientOrderID, product: product, side: side, configuration: configuration,
            status: status, createdAt: date(createdMs), filledSize: filledSize, filledValue: filledValue,
            totalFees: totalFees, fillCount: fills.count, reason: reason)
    }

    var exchangeFills: [Fill] {
        fills.enumerated().map { index, fill in
            Fill(
                entryID: "\(id)-\(index)", tradeID: "\(id)-\(index)", orderID: id, product: product, side: side,
                price: fill.price, size: fill.size, commission: fill.commission, liquidity: fill.liquidity,
                time: date(fill.timeMs))
        }
    }

    private func date(_ ms: Int) -> Date { Date(timeIntervalSince1970: Double(ms) / 1000) }
}
