import Exchange
import Foundation
import TestSupport
import Testing
import Trading

@Suite struct PaperRestingTests {
    /// Rests at the front of a thin product's book until it is filled, looking at each of `looks` seconds.
    private func rest(_ name: String, looks: [Int]) async throws -> (order: ExchangeOrder, fills: [Fill]) {
        let desk = try await PaperDesk()
        let exchange = try desk.client()
        let bid = try desk.price(desk.book("USELESS-USD").bestBid, of: "USELESS-USD")
        let placed = try await exchange.place(
            .make(name, .buy, "USELESS-USD", .limitGTC(baseSize: Amount(20_000), limitPrice: bid, postOnly: true)))
        var seen = Amount.zero
        for look in looks {
            desk.time.set(PaperDesk.start + look)
            let order = try await exchange.order(placed.orderID)
            #expect(order.filledSize >= seen)
            seen = order.filledSize
            let usd = try await exchange.accounts().first { $0.currency == "USD" }!
            #expect(usd.available + usd.hold == desk.cash - order.filledValue - order.totalFees)
        }
        return (try await exchange.order(placed.orderID), try await exchange.fills(orderID: placed.orderID))
    }

    @Test func `a resting order holds the money, fills at its own price and pays the maker fee`() async throws {
        let desk = try await PaperDesk()
        let exchange = try desk.client()
        let bid = try desk.price(desk.book("USELESS-USD").bestBid, of: "USELESS-USD")
        let size = Amount(20_000)
        let placed = try await exchange.place(
            .make("r", .buy, "USELESS-USD", .limitGTC(baseSize: size, limitPrice: bid, postOnly: true)))
        let value = try bid.times(size)
        let hold = value + (try value.times(Amount("0.004")))
        #expect(try await exchange.balance("USD") == ((desk.cash - hold).description, hold.description))
        desk.time.advance(12 * 3600)
        let order = try await exchange.order(placed.orderID)
        #expect(order.status == .filled && order.filledSize == size)
        #expect(order.filledValue == value)
        #expect(order.totalFees == (try value.times(Amount("0.004"))))
        #expect(try await exchange.balance("USD") == ((desk.cash - hold).description, "0"))
        #expect(try await exchange.balance("USELESS").available == "20000")
        let fills = try await exchange.fills(orderID: placed.orderID)
        #expect(fills.allSatisfy { $0.liquidity == .maker && $0.price == bid })
        #expect(fills.reduce(Amount.zero) { $0 + $1.size } == size)
        #expect(Set(fills.map(\.entryID)).count == fills.count)
    }

    @Test func `nothing fills before the next sub-tick`() async throws {
        let desk = try await PaperDesk(at: PaperDesk.start + 1)
        let exchange = try desk.client()
        let bid = try desk.price(desk.book("USELESS-USD").bestBid, of: "USELESS-USD")
        let placed = try await exchange.place(
            .make("r", .buy, "USELESS-USD", .limitGTC(baseSize: Amount(100), limitPrice: bid, postOnly: true)))
        desk.time.set(PaperDesk.start + 29)
        let before = try await desk.contents()
        #expect(try await exchange.order(placed.orderID).filledSize.isZero)
        #expect(try await desk.contents() == before)
    }

    @Test func `fills do not depend on who looks and when`() async throws {
        let often = try await rest("same", looks: Array(stride(from: 7, through: 3 * 3600, by: 61)) + [3 * 3600])
        let once = try await rest("same", looks: [3 * 3600])
        #expect(!once.fills.isEmpty)
        #expect(often.fills == once.fills && often.order == once.order)
    }

    @Test func `a cancelled order keeps its fills and frees the rest of its hold`() async throws {
        let desk = try await PaperDesk()
        let exchange = try desk.client()
        _ = try await exchange.place(.make("b", .buy, "ETH-USD", .marketIOC(.base(Amount(2)))))
        let high = try desk.price(desk.book("ETH-USD").mid * 2, of: "ETH-USD")
        let placed = try await exchange.place(
            .make("s", .sell, "ETH-USD", .limitGTC(baseSize: try Amount("1.5"), limitPrice: high, postOnly: true)))
        #expect(try await exchange.balance("ETH") == ("0.5", "1.5"))
        #expect(try await exchange.cancel([placed.orderID]) == [CancelResult(orderID: placed.orderID, success: true)])
        #expect(try await exchange.balance("ETH") == ("2", "0"))
        #expect(try await exchange.order(placed.orderID).status == .cancelled)
        #expect(try await exchange.cancel([placed.orderID])[0].success == false)
    }

    @Test func `a plain limit order takes what it can and rests with the remainder`() async throws {
        let desk = try await PaperDesk()
        let exchange = try desk.client()
        let book = try desk.book("USELESS-USD")
        let first = Array(book.levels(against: .buy).prefix(1))[0]
        let price = try desk.price(first.price, of: "USELESS-USD")
        let increment = try desk.market.listing(try ProductID("USELESS-USD")).product.baseIncrement
        let level = try Amount(first.size).times(increment)
        let placed = try await exchange.place(
            .make(
                "l", .buy, "USELESS-USD",
                .limitGTC(baseSize: level + Amount(50), limitPrice: price, postOnly: false)))
        let order = try await exchange.order(placed.orderID)
        #expect(order.status == .open && order.filledSize == level)
        let held = try price.times(Amount(50))
        #expect(try await exchange.balance("USD").hold == (held + (try held.times(Amount("0.004")))).description)
    }

    @Test func `an order beyond the book's limit is cancelled with what it got`() async throws {
        let desk = try await PaperDesk()
        let exchange = try desk.client()
        let book = try desk.book("SQD-USD")
        let first = Array(book.levels(against: .buy).prefix(1))[0]
        let price = try desk.price(first.price, of: "SQD-USD")
        let placed = try await exchange.place(
            .make("i", .buy, "SQD-USD", .sorLimitIOC(baseSize: Amount(first.size + 1000), limitPrice: price)))
        let order = try await exchange.order(placed.orderID)
        #expect(order.status == .cancelled && order.filledSize == Amount(first.size) && order.reason != nil)
        #expect(try await exchange.balance("USD").hold == "0")
    }

    @Test func `a purchase sized in dollars spends no more than them, fees included`() async throws {
        let desk = try await PaperDesk()
        let exchange = try desk.client()
        let placed = try await exchange.place(.make("q", .buy, "ETH-USD", .marketIOC(.quote(Amount(500)))))
        let order = try await exchange.order(placed.orderID)
        let spent = order.filledValue + order.totalFees
        #expect(order.status == .filled && spent <= Amount(500))
        #expect(spent > (try Amount("499.9999")))
    }
}
