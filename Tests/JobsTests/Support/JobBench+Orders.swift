import Exchange
import Foundation
import JobQueue
import Ledger
import Testing
import Trading

@testable import Jobs

/// What an execution leaves behind.
extension JobBench {
    /// Checks that the ledger and the exchange agree on one order of this job, and that its money has moved once.
    @discardableResult
    func expectOneOrder(
        ofJob id: String, bot: Int? = 1, _ product: String = "BTC-USD",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> ExchangeOrder {
        let client = ClientOrderID(job: id, leg: "cross", attempt: 0)
        let placed = try await orders(product).filter { $0.clientOrderID == client }
        #expect(placed.count == 1, sourceLocation: sourceLocation)
        let order = try #require(placed.first, sourceLocation: sourceLocation)
        let intents = try await ledger.intents(jobID: id)
        #expect(intents.map(\.intent.clientOrderID) == [client.rawValue], sourceLocation: sourceLocation)
        #expect(intents.first?.orderID == order.orderID, sourceLocation: sourceLocation)
        #expect(intents.first?.state == .filled, sourceLocation: sourceLocation)
        let trades = try await ledger.trades(botID: bot, limit: 1_000).filter { $0.orderID == order.orderID }
        #expect(trades.map(\.status) == [.completed], sourceLocation: sourceLocation)
        let fills = try await exchange().fills(orderID: order.orderID)
        let rows = try await ledger.rawTrades(limit: 10_000).filter { $0.orderID == order.orderID }
        #expect(!fills.isEmpty, sourceLocation: sourceLocation)
        #expect(
            Set(rows.map(\.fillID)) == Set(fills.map(\.entryID)) && rows.count == fills.count,
            sourceLocation: sourceLocation)
        return order
    }

    /// Checks that nothing was sent, and nothing written down.
    func expectNoOrder(_ product: String = "BTC-USD", sourceLocation: SourceLocation = #_sourceLocation) async throws {
        #expect(!record.calls.contains(.place), sourceLocation: sourceLocation)
        #expect(try await orders(product).isEmpty, sourceLocation: sourceLocation)
        #expect(try await ledger.unsettledIntents().isEmpty, sourceLocation: sourceLocation)
    }

    /// What is free in each currency.
    func accounts() async throws -> [String: Amount] {
        Dictionary(try await exchange().accounts().map { ($0.currency, $0.available) }, uniquingKeysWith: { $1 })
    }

    /// Checks that balances are what was there and the ledger's fills come to, exactly.
    /// - Parameters:
    ///   - start: the starting cash unless given.
    ///   - past: so many fills, the oldest, are of another exchange.
    func expectMoneyMatchesFills(
        startingWith start: [String: Amount]? = nil, after past: Int = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var owned = start ?? ["USD": cash]
        for fill in try await ledger.rawTrades(limit: 100_000).dropLast(past) {
            let base = try ProductID(fill.productID).base
            let (size, value) = (try fill.baseSize(), try fill.notional())
            let isBuy = fill.side == .buy
            owned[base, default: .zero] = (owned[base] ?? .zero) + (isBuy ? size : -size)
            owned["USD"] = (owned["USD"] ?? .zero) + (isBuy ? -value : value) - fill.commission
        }
        #expect(try await accounts() == owned, sourceLocation: sourceLocation)
    }
}
