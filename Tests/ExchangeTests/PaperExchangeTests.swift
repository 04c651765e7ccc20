import Exchange
import Foundation
import Redis
import Synchronization
import TestSupport
import Testing
import Trading

@Suite struct PaperExchangeTests {
    @Test func `a new account holds the starting cash and nothing is written by looking`() async throws {
        let desk = try await PaperDesk()
        let exchange = try desk.client()
        #expect(try await exchange.accounts() == [Account(currency: "USD", available: Amount(100_000), hold: .zero)])
        #expect(try await desk.contents().isEmpty)
    }

    @Test func `a limit order takes the book, pays the taker fee and moves the money exactly`() async throws {
        let desk = try await PaperDesk()
        let exchange = try desk.client()
        let size = try Amount("0.01")
        let ask = try desk.price(desk.book("BTC-USD").bestAsk, of: "BTC-USD")
        let placed = try await exchange.place(
            .make("a", .buy, .sorLimitIOC(baseSize: size, limitPrice: ask)))
        let order = try await exchange.order(placed.orderID)
        #expect(order.status == .filled && order.filledSize == size && order.fillCount == 1)
        #expect(order.filledValue == (try ask.times(size)))
        #expect(order.totalFees == (try order.filledValue.times(Amount("0.006"))))
        #expect(order.createdAt == desk.time.now())
        let spent = order.filledValue + order.totalFees
        #expect(try await exchange.balance("USD") == ((desk.cash - spent).description, "0"))
        #expect(try await exchange.balance("BTC") == ("0.01", "0"))
        let fills = try await exchange.fills(orderID: placed.orderID)
        #expect(fills.count == 1 && fills[0].liquidity == .taker && fills[0].price == ask && fills[0].size == size)
        #expect(fills[0].commission == order.totalFees && fills[0].orderID == placed.orderID)
    }

    @Test func `a sale gives the money less the fee`() async throws {
        let desk = try await PaperDesk()
        let exchange = try desk.client()
        let size = try Amount("0.5")
        _ = try await exchange.place(.make("buy", .buy, .marketIOC(.base(size))))
        let before = try await exchange.accounts().first { $0.currency == "USD" }!.available
        let bid = try desk.price(desk.book("BTC-USD").bestBid, of: "BTC-USD")
        let sold = try await exchange.place(
            .make("sell", .sell, .sorLimitIOC(baseSize: try Amount("0.1"), limitPrice: bid)))
        let order = try await exchange.order(sold.orderID)
        #expect(order.status == .filled)
        let after = try await exchange.accounts().first { $0.currency == "USD" }!.available
        #expect(after == before + order.filledValue - order.totalFees)
        #expect(try await exchange.balance("BTC").available == "0.4")
    }

    @Test func `the same client id again returns the first order and changes nothing`() async throws {
        let desk = try await PaperDesk()
        let (one, two) = (try desk.client(), try desk.client())
        let ask = try desk.price(desk.book("BTC-USD").bestAsk, of: "BTC-USD")
        let first = try await one.place(.make("a", .buy, .sorLimitIOC(baseSize: try Amount("0.01"), limitPrice: ask)))
        let before = try await desk.contents()
        desk.time.advance(3600)
        let again = try await two.place(.make("a", .sell, "ETH-USD", .marketIOC(.base(Amount(7)))))
        #expect(again == first)
        #expect(try await desk.contents() == before)
    }

    @Test func `twenty clients that place the same order at once make one order`() async throws {
        let desk = try await PaperDesk()
        let ask = try desk.price(desk.book("BTC-USD").bestAsk, of: "BTC-USD")
        let request = try OrderRequest.make("a", .buy, .sorLimitIOC(baseSize: try Amount("0.01"), limitPrice: ask))
        let placed = try await withThrowingTaskGroup { group in
            for _ in 0..<20 {
                let client = try desk.client()
                group.addTask { try await client.place(request) }
            }
            return try await group.reduce(into: [PlacedOrder]()) { $0.append($1) }
        }
        #expect(Set(placed.map(\.orderID)).count == 1)
        #expect(try await desk.client().balance("BTC").available == "0.01")
    }

    @Test func `only as many racing orders as the funds allow are accepted`() async throws {
        let desk = try await PaperDesk(cash: Amount(1000))
        let rivals = try rivals(12, on: desk)
        let accepted = try await withThrowingTaskGroup(of: Int.self) { group in
            for (client, request) in rivals { group.addTask { try await Self.count(request, by: client) } }
            var accepted = 0
            for try await one in group { accepted += one }
            return accepted
        }
        #expect(accepted == 2)
        let account = try await desk.client().accounts().first { $0.currency == "USD" }!
        #expect(!account.available.isNegative && account.available + account.hold == Amount(1000))
    }

    /// Clients, each with an order that would hold a little more than a third of 1000 USD.
    private func rivals(_ count: Int, on desk: PaperDesk) throws -> [(client: PaperExchange, request: OrderRequest)] {
        let limit = try desk.price(desk.book("ETH-USD").mid * 9 / 10, of: "ETH-USD")
        let resting = OrderConfiguration.limitGTC(
            baseSize: try Amount(350).divided(by: limit, scale: 8), limitPrice: limit, postOnly: true)
        return try (0..<count).map { (try desk.client(), try .make("race-\($0)", .buy, "ETH-USD", resting)) }
    }

    /// 1 when the order is accepted, 0 when the money does not suffice.
    private static func count(_ request: OrderRequest, by client: PaperExchange) async throws -> Int {
        do {
            _ = try await client.place(request)
            return 1
        } catch {
            guard case ExchangeError.refused(.insufficientFund, _) = error else { throw error }
            return 0
        }
    }

    @Test func `many clients with different orders all get through and the money adds up`() async throws {
        let desk = try await PaperDesk()
        try await withThrowingTaskGroup { group in
            for index in 0..<30 {
                let client = try desk.client()
                let size = try Amount("0.01")
                let request = try OrderRequest.make("m-\(index)", .buy, "ETH-USD", .marketIOC(.base(size)))
                group.addTask { _ = try await client.place(request) }
            }
            try await group.waitForAll()
        }
        let exchange = try desk.client()
        let orders = try await exchange.orders(product: try ProductID("ETH-USD"), since: .distantPast)
        #expect(orders.count == 30 && orders.allSatisfy { $0.status == .filled })
        let spent = orders.reduce(Amount.zero) { $0 + $1.filledValue + $1.totalFees }
        #expect(try await exchange.balance("USD").available == (desk.cash - spent).description)
        #expect(try await exchange.balance("ETH").available == "0.3")
    }

    @Test func `orders are listed from their time on and by product`() async throws {
        let desk = try await PaperDesk()
        let exchange = try desk.client()
        let (bitcoin, ether) = (try ProductID("BTC-USD"), try ProductID("ETH-USD"))
        _ = try await exchange.place(.make("old", .buy, "ETH-USD", .marketIOC(.base(try Amount("0.01")))))
        desk.time.advance(100)
        let low = try desk.price(desk.book("ETH-USD").mid / 2, of: "ETH-USD")
        _ = try await exchange.place(.make("other", .buy, .marketIOC(.base(try Amount("0.001")))))
        let resting = try await exchange.place(
            .make("new", .buy, "ETH-USD", .limitGTC(baseSize: Amount(1), limitPrice: low, postOnly: true)))
        let found = try await exchange.orders(product: ether, since: desk.time.now())
        #expect(found.map(\.orderID) == [resting.orderID] && found[0].status == .open)
        #expect(try await exchange.orders(product: ether, since: desk.time.now() - 100).count == 2)
        #expect(try await exchange.orders(product: bitcoin, since: .distantPast).count == 1)
    }

    @Test func `each request asks for its tokens first and nothing happens without them`() async throws {
        let desk = try await PaperDesk()
        let seen = Mutex<[RequestClass]>([])
        let exchange = try desk.client { kind throws(ExchangeError) in
            seen.withLock { $0.append(kind) }
            if kind == .orderEntry { throw .rateLimited(retryAfter: .seconds(3)) }
        }
        _ = try await exchange.products()
        _ = try await exchange.accounts()
        await #expect(throws: ExchangeError.rateLimited(retryAfter: .seconds(3))) {
            try await exchange.place(.make("a", .buy, .marketIOC(.base(try Amount("0.01")))))
        }
        #expect(seen.withLock { $0 } == [.marketData, .account, .orderEntry])
        #expect(try await desk.contents().isEmpty)
    }

    @Test func `an exchange whose Redis is gone is unavailable`() async throws {
        let desk = try await PaperDesk()
        var impatient = RedisOptions()
        impatient.waitForConnection = .milliseconds(50)
        let exchange = PaperExchange(
            market: desk.market, redis: desk.server.client(impatient),
            options: try PaperExchange.Options(time: .unshifted), now: desk.time.now)
        try await desk.server.kill9()
        await #expect {
            try await exchange.accounts()
        } throws: { ($0 as? ExchangeError)?.isTransient == true }
    }

    @Test func `unknown orders are not found`() async throws {
        let desk = try await PaperDesk()
        let exchange = try desk.client()
        await #expect(throws: ExchangeError.notFound(what: "order nope")) { try await exchange.order("nope") }
        await #expect(throws: ExchangeError.notFound(what: "order nope")) { try await exchange.fills(orderID: "nope") }
        let results = try await exchange.cancel(["nope"])
        #expect(results == [CancelResult(orderID: "nope", success: false, failureReason: "UNKNOWN_CANCEL_ORDER")])
        // The server ends with the desk.
        _ = desk
    }
}
