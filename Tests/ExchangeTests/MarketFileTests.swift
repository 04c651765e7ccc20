import Exchange
import Foundation
import Logging
import TestSupport
import Testing
import Trading

/// Files that hold a market, and what becomes of them.
@Suite struct MarketFileTests {
    private static let text = """
        {"ticker": {"BTC-USD": {"price": 118083.77, "volume_24h": 212.5}, "NEW-USD": {"price": 9.8e-06}},
         "balances": [{"currency": "USD", "total_crypto": 1250.5, "available_crypto": 1250.5},
                      {"currency": "BTC", "total_crypto": 1.5, "available_crypto": 1.4249999999999998}],
         "candle_columns": ["start", "open", "high", "low", "close", "volume"],
         "candles": {"BTC-USD": {"3600": [[7, 1, 4, 0.5, 2, 10], [8, 2, 4, 1, 3, 20]], "300": [[9, 1, 1, 1, 1, 1]]}}}
        """

    private func file(_ text: String, products: String? = nil) throws -> MarketFile {
        let folder = FileManager.default.temporaryDirectory.appending(path: "market-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "market.json").path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        guard let products else { return try MarketFile.read(path: path) }
        let list = folder.appending(path: "products.json").path
        try products.write(toFile: list, atomically: true, encoding: .utf8)
        return try MarketFile.read(path: path, products: list)
    }

    @Test func `the newest candle is the last full slot before the file is loaded`() throws {
        let now = Date(timeIntervalSince1970: 1_790_000_123)
        let series = try file(Self.text).series(at: now)
        #expect(series.map(\.granularity) == [.fiveMinutes, .oneHour])
        #expect(series[1].candles.map(\.start) == [1_789_992_000, 1_789_995_600])
        #expect(series[1].candles.map(\.close) == [2, 3] && series[1].candles[0].low == 0.5)
        #expect(series[0].candles.map(\.start) == [1_789_999_800])
        #expect(series.allSatisfy { $0.fetchedAt == now })
    }

    @Test func `a hold is what of the total is not available`() throws {
        let accounts = try file(Self.text).accounts
        #expect(accounts.map(\.currency) == ["USD", "BTC"] && accounts[0].hold.isZero)
        #expect(accounts[1].available.description == "1.4249999999999998")
        #expect(accounts[1].hold.description == "0.0750000000000002")
    }

    @Test func `a product that is only priced has usual rules, or those that are known`() throws {
        let products = try file(Self.text).products(like: try Fixture.market().listings.map(\.product))
        #expect(products.map(\.id.rawValue) == ["BTC-USD", "NEW-USD"])
        #expect(products[0].quoteIncrement.description == "0.01" && products[0].price.description == "118083.77")
        #expect(products[0].facts.quoteVolume == 25_092_801.13)
        #expect(products[1].price.description == "0.0000098" && products[1].acceptsOrders)
    }

    @Test func `a product that has only candles is priced by the last close of the finest`() throws {
        let text = """
            {"ticker": {"NEW-USD": {"price": 2}},
             "candles": {"OLD-USD": {"3600": [[1, 9, 9, 9, 9, 1]], "300": [[1, 4, 4, 4, 4, 1], [2, 4, 5, 4, 5, 1]]},
                         "BTC-USD": {"3600": [[1, 7, 7, 7, 7, 1]], "300": []}, "NONE-USD": {"3600": []}}}
            """
        let file = try file(text)
        let products = file.products(like: try Fixture.market().listings.map(\.product))
        #expect(products.map(\.id.rawValue) == ["BTC-USD", "NEW-USD", "OLD-USD"])
        #expect(products.map(\.price) == [Amount(7), Amount(2), Amount(5)])
        #expect(products[0].facts.volume == nil && products[0].facts.quoteVolume == nil)
        // Nobody quoted it.
        #expect(file.quotes(at: Date(timeIntervalSince1970: 1_790_000_123)).map(\.product.rawValue) == ["NEW-USD"])
    }

    @Test func `a list of products counts before what the file says`() throws {
        let list = """
            {"body": {"products": [{"product_id": "BTC-USD", "price": "2.5e-05", "base_increment": "1",
              "quote_increment": "0.01", "base_min_size": "1", "base_max_size": "9", "quote_min_size": "1",
              "quote_max_size": "9", "status": "online", "price_percentage_change_24h": "-1.5", "new": true,
              "volume_24h": ""}]}}
            """
        let product = try file(Self.text, products: list).products()[0]
        #expect(product.price.description == "0.000025" && product.facts.priceChange == -1.5 && product.facts.isNew)
        #expect(product.facts.volume == 212.5)
    }

    @Test(arguments: [
        ("[]", "Dictionary"), ("{", "valid JSON"), ("{}", "'ticker' is missing"),
        (#"{"ticker": {"nonsense": {"price": 1}}}"#, "'nonsense' is no product"),
        (#"{"ticker": {"A-USD": {"price": -1}}}"#, "the price of A-USD is -1.0"),
        (#"{"ticker": {"A-USD": {"price": "x"}}}"#, "ticker.A-USD.price"),
        (#"{"ticker": {}, "candles": {"A-USD": {"7": []}}}"#, "candles of '7' seconds"),
        (#"{"ticker": {}, "candles": {"A-USD": {"300": [[1, 2]]}}}"#, "candle 0 of A-USD at 300 s is no candle"),
        (#"{"ticker": {}, "candle_columns": ["open"], "candles": {}}"#, "candle_columns lacks"),
    ])
    func `a file that cannot be read is refused with the place`(_ text: String, _ reason: String) throws {
        #expect {
            _ = try file(text)
        } throws: { error in
            guard case .marketFile(_, _, let told)? = error as? ExchangeError else { return false }
            return told.contains(reason)
        }
    }

    @Test func `the paper exchange takes over market and balances, and every process sees them`() async throws {
        let desk = try await PaperDesk()
        let exchange = try desk.client()
        let cache = MarketDataCache(redis: desk.redis, logger: Logger(label: "test"))
        let loader = MarketLoader(cache: cache, paper: exchange, listed: desk.market.listings.map(\.product))
        let now = desk.time.now()
        let loaded = try await loader.load(try file(Self.text), at: now, seconds: 3_600)
        #expect(loaded.products == 2)
        #expect(loaded.quotes == 2)
        #expect(loaded.series == 2)
        #expect(loaded.accounts == 2)
        let other = try desk.client()
        let quotes = try await other.bestBidAsk([try ProductID("BTC-USD"), try ProductID("ETH-USD")])
        #expect(quotes.map(\.bid.description) == ["118083.77"] && quotes.first?.time == now)
        #expect(try await other.products().map(\.id.rawValue) == ["BTC-USD", "NEW-USD"])
        #expect(try await other.balance("USD") == ("1250.5", "0"))
        // As the file has them, not by name: the page shows the same before and after the job that renews them.
        #expect(try await other.accounts().map(\.currency) == ["USD", "BTC"])
        #expect(try await other.balance("BTC") == ("1.4249999999999998", "0.0750000000000002"))
        let seconds = Int(now.timeIntervalSince1970)
        let hours = try await other.candles(
            try ProductID("BTC-USD"), granularity: .oneHour, from: seconds - 100 * 3_600, to: seconds)
        #expect(hours.map(\.close) == [2, 3])
        #expect(try await cache.quotes([try ProductID("NEW-USD")]).count == 1)
        #expect(try await cache.accounts()?.accounts.count == 2)
        #expect(try await cache.scan()?.scores.count == 2)
    }

    @Test func `orders fill at the loaded price`() async throws {
        let desk = try await PaperDesk()
        let exchange = try desk.client()
        try await exchange.load(products: try file(Self.text).products(), candles: [], seconds: 60)
        let buy = OrderConfiguration.sorLimitIOC(baseSize: try Amount("0.001"), limitPrice: Amount(119_000))
        let order = try await exchange.place(try .make("loaded", .buy, buy))
        let fills = try await exchange.fills(orderID: order.orderID)
        let price = try #require(fills.first?.price.doubleValue)
        #expect(abs(price / 118_083.77 - 1) < 0.001)
        let cheap = OrderConfiguration.sorLimitIOC(baseSize: Amount(200_000), limitPrice: try Amount("0.00002"))
        let other = try await exchange.place(try .make("cheap", .buy, "NEW-USD", cheap))
        #expect(try await !exchange.fills(orderID: other.orderID).isEmpty)
        let resting = OrderConfiguration.limitGTC(
            baseSize: Amount(200_000), limitPrice: try Amount("0.00002"), postOnly: false)
        await #expect(throws: ExchangeError.self) {
            _ = try await exchange.place(try .make("resting", .buy, "NEW-USD", resting))
        }
    }

    @Test func `orders obey the loaded increments, and rest only where the offline market has the same`() async throws {
        let desk = try await PaperDesk()
        let exchange = try desk.client()
        func load(_ increment: String) async throws {
            let list = """
                [{"product_id": "BTC-USD", "price": "118083.7705", "base_increment": "0.0000001",
                  "quote_increment": "\(increment)", "price_increment": "\(increment)", "base_min_size": "0.0000001",
                  "base_max_size": "9000", "quote_min_size": "0.5", "quote_max_size": "1000000", "status": "online"}]
                """
            let products = try file(Self.text, products: #"{"products": \#(list)}"#).products()
            try await exchange.load(products: products.filter { $0.id.base == "BTC" }, candles: [], seconds: 60)
        }
        try await load("0.0001")
        let buy = OrderConfiguration.sorLimitIOC(
            baseSize: try Amount("0.0000071"), limitPrice: try Amount("119000.0001"))
        let order = try await exchange.place(try .make("fine", .buy, buy))
        let fill = try #require(try await exchange.fills(orderID: order.orderID).first)
        #expect(fill.size.description == "0.0000071" && abs(fill.price.doubleValue / 118_083.77 - 1) < 0.001)
        let resting = OrderConfiguration.limitGTC(
            baseSize: try Amount("0.001"), limitPrice: Amount(110_000), postOnly: false)
        await #expect(throws: ExchangeError.self) { _ = try await exchange.place(try .make("r1", .buy, resting)) }
    }

    @Test func `balances are not taken over while an order rests`() async throws {
        let desk = try await PaperDesk()
        let exchange = try desk.client()
        let low = OrderConfiguration.limitGTC(baseSize: try Amount("0.001"), limitPrice: Amount(1_000), postOnly: false)
        _ = try await exchange.place(try .make("resting", .buy, low))
        await #expect(throws: ExchangeError.self) { try await exchange.setAccounts([]) }
        #expect(try await exchange.balance("USD").hold != "0")
    }

    @Test func `the offline market tells of its last day`() async throws {
        let desk = try await PaperDesk()
        let product = try #require(try await desk.client().products().first { $0.id.rawValue == "BTC-USD" })
        let facts = product.facts
        #expect((facts.volume ?? 0) > 0 && (facts.quoteVolume ?? 0) > 0 && facts.volumeChange != nil)
        #expect(abs(facts.priceChange ?? 100) < 50)
        #expect(PairScore(product) != nil)
    }
}
