import Exchange
import Foundation
import JobQueue
import Ledger
import Redis
import TestSupport
import Testing
import Trading

@testable import Jobs

/// What open dashboards hear of an order.
@Suite(.serialized)
struct TradeAnnouncementTests {
    /// What is published of orders while `work` runs. Other tests publish too.
    private func heard(_ bench: JobBench, _ work: () async throws -> Void) async throws -> [TradeUpdate] {
        let redis = bench.redis
        let subscription = redis.subscription(to: [TradeChannel.name(redis.namespace)])
        defer { subscription.close() }
        var events = subscription.makeAsyncIterator()
        #expect(await events.next() == .subscribed)
        try await work()
        let end = TradeUpdate(
            stage: .failed, botID: nil, botName: nil, side: "", product: "", size: "", usd: "", price: "",
            reason: UUID().uuidString, at: 0)
        try await TradeChannel.publish(end, on: redis)
        var updates: [TradeUpdate] = []
        while case .message(let message)? = await events.next(), let update = TradeChannel.update(message.payload),
            update != end
        {
            updates.append(update)
        }
        return updates
    }

    @Test func `the last step of a filled order names its trade`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        let updates = try await heard(bench) {
            try await bench.attempt("execution", #"{"bot_id": 1, "side": "BUY"}"#, id: "heard-filled")
        }
        let orderID = try await bench.expectOneOrder(ofJob: "heard-filled").orderID
        let trade = try #require(try await bench.ledger.trades(limit: 1).first)
        let steps = updates.filter { $0.orderID == orderID }
        #expect(steps.map(\.stage) == [.placed, .recording, .completed])
        #expect(steps.map(\.tradeID) == [nil, nil, trade.id])
    }

    @Test func `a change that a reconciliation finds is told once, with both words`() async throws {
        let bench = try await JobBench()
        let exchange = try bench.exchange()
        let id = try ProductID("BTC-USD")
        let client = ClientOrderID(job: "heard-resting", leg: "maker", attempt: 0)
        let limit = try await exchange.bestBidAsk([id])[0].bid.times(Amount("0.9")).floored(to: Amount("0.01"))
        let size = try Amount("0.01")
        _ = try await bench.ledger.beginIntent(
            OrderIntent(
                jobID: "heard-resting", leg: "maker", attempt: 0, clientOrderID: client.rawValue, product: id,
                side: .buy, baseSize: size, limitPrice: limit, kind: .limitGTCPostOnly, createdAt: bench.wall.now),
            botID: 1, fence: 1)
        let placed = try await exchange.place(
            OrderRequest(
                clientOrderID: client, product: id, side: .buy,
                configuration: .limitGTC(baseSize: size, limitPrice: limit, postOnly: true)))
        let updates = try await heard(bench) {
            for round in 1...3 {
                try await bench.enqueue("execution", #"{"reconcile": true}"#, id: "r\(round)", queue: "reconcile")
                try await bench.attempt("reconcile")
                if round == 1 { _ = try await exchange.cancel([placed.orderID]) }
            }
        }
        let changes = updates.filter { $0.orderID == placed.orderID }
        #expect(changes.map(\.stage) == [.changed])
        let change = try #require(changes.first)
        #expect(change.oldStatus == "open" && change.newStatus == "cancelled" && change.filledAt == nil)
        #expect(change.botID == 1 && change.side == "BUY" && change.product == "BTC-USD")
        #expect(change.size == size.description)
        #expect(change.tradeID == (try await bench.ledger.trades(limit: 1).first?.id))
    }
}
