import Exchange
import Foundation
import Testing
import Trading

@Suite struct PaperMarketTests {
    struct Golden: Decodable {
        struct Result: Decodable {
            let filled, notional, fee, maker_notional, slippage_usd: String
            let cost_bps: Double
        }
        struct Pair: Decodable { let naive: Result, smart: Result }
        struct Book: Decodable {
            let product: ProductID
            let t: Int
            let mid: String
            let stale: Bool
            let asks: [[String]]
            let bids: [[String]]
        }
        struct Inputs: Decodable { let orders: [ReferenceReplay.Order] }
        struct Outputs: Decodable { let per_order: [Pair], books_top5: [Book] }
        let inputs: Inputs
        let outputs: Outputs
    }

    @Test func `books equal the reference exactly`() throws {
        let market = try Fixture.market()
        let golden = try Fixture.read("paper_exec", as: Golden.self)
        for expected in golden.outputs.books_top5 {
            let book = try market.book(expected.product, at: expected.t)
            let product = try market.listing(expected.product).product
            let (price, size) = (decimals("\(product.quoteIncrement)"), decimals("\(product.baseIncrement)"))
            #expect(book.mid == increments(expected.mid, price))
            #expect(book.isStale == expected.stale)
            func levels(_ side: [[String]]) -> [BookLevel] {
                side.map { BookLevel(price: increments($0[0], price), size: increments($0[1], size)) }
            }
            #expect(Array(book.levels(against: .buy).prefix(5)) == levels(expected.asks))
            #expect(Array(book.levels(against: .sell).prefix(5)) == levels(expected.bids))
        }
        #expect(golden.outputs.books_top5.count == 18)
    }

    @Test func `all 600 orders replay exactly, naive and smart`() throws {
        let market = try Fixture.market()
        let golden = try Fixture.read("paper_exec", as: Golden.self)
        for (order, expected) in zip(golden.inputs.orders, golden.outputs.per_order) {
            let product = try market.listing(order.product).product
            let scale = decimals("\(product.baseIncrement)")
            let replay = ReferenceReplay(market: market, order: order, size: increments(order.base_size, scale))
            try check(replay, try replay.naive(), expected.naive)
            try check(replay, try replay.smart(), expected.smart)
        }
        #expect(golden.inputs.orders.count == 600)
    }

    private func check(_ replay: ReferenceReplay, _ trades: [ReferenceReplay.Trade], _ expected: Golden.Result) throws {
        let product = try replay.market.listing(replay.order.product).product
        let size = decimals("\(product.baseIncrement)")
        let value = size + decimals("\(product.quoteIncrement)")
        func notional(_ trades: [ReferenceReplay.Trade]) -> Int128 {
            trades.reduce(0) { $0 + Int128($1.level.price) * Int128($1.level.size) }
        }
        let filled = trades.reduce(Int128(0)) { $0 + Int128($1.level.size) }
        let maker = notional(trades.filter(\.isMaker))
        let total = notional(trades)
        let fee = maker * 4 + (total - maker) * 6  // in thousandths
        let atArrival = filled * Int128(try replay.book(0).mid)
        let slippage = replay.order.side == .buy ? total - atArrival : atArrival - total
        let name = replay.order.job_id
        #expect(filled == increments(expected.filled, size), "\(name)")
        #expect(total == increments(expected.notional, value), "\(name)")
        #expect(maker == increments(expected.maker_notional, value), "\(name)")
        #expect(fee == increments(expected.fee, value + 3), "\(name)")
        #expect(slippage == increments(expected.slippage_usd, value), "\(name)")
        let bps = 10_000 * (Double(fee) / 1000 + Double(slippage)) / Double(atArrival)
        #expect(abs(bps - expected.cost_bps) < 1e-9, "\(name)")
    }

    @Test func `a halted product shows it and gives nothing`() throws {
        let market = try Fixture.market()
        let halt = 1_755_648_000 + 58 * 86_400
        let zora = try ProductID("ZORA-USD")
        #expect(try !market.book(zora, at: halt - 300).isHalted)
        let book = try market.book(zora, at: halt + 3600)
        #expect(book.isHalted && book.isStale)
        #expect(book.take(1000, side: .buy).taken.isEmpty)
        let id = ClientOrderID(job: "j", leg: "maker", attempt: 0)
        #expect(book.restingFill(side: .buy, price: book.bestAsk, remaining: 10, clientOrderID: id) == 0)
        #expect(try !market.book(zora, at: halt + 6 * 3600).isHalted)
        #expect(try market.lastTrade(zora, before: halt + 3600) == halt)
    }

    @Test func `there is no market before the candles begin and none trading after they end`() throws {
        let market = try Fixture.market()
        let span = try market.fiveMinuteSpan()
        #expect(span == 1_760_400_000..<1_760_832_000)
        let bitcoin = try ProductID("BTC-USD")
        #expect(throws: ExchangeError.self) { try market.book(bitcoin, at: span.lowerBound - 1) }
        #expect(try market.book(bitcoin, at: span.upperBound).isHalted)
        #expect(throws: ExchangeError.notFound(what: "product NOPE-USD")) {
            try market.book(try ProductID("NOPE-USD"), at: span.lowerBound)
        }
    }

    @Test func `a damaged candle file is named with its line`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "market-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(
            at: folder.appending(path: "candles_5m"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            at: URL(filePath: Fixture.marketFolder + "/products.json"), to: folder.appending(path: "products.json"))
        let file = folder.appending(path: "candles_5m/BTC-USD.txt")
        let damaged = "BTC-USD 300 1760400000 2 3 2\n0 100 1 1 0 5\n1 1x0 1 1 0 5\n"
        try damaged.write(to: file, atomically: true, encoding: .utf8)
        let market = try PaperMarket(folder: folder.path)
        #expect {
            try market.book(try ProductID("BTC-USD"), at: 1_760_400_000)
        } throws: { error in
            guard case ExchangeError.marketFile(_, line: 3, _) = error else { return false }
            return true
        }
    }
}
