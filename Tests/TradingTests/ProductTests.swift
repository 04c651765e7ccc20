import Foundation
import Testing
import Trading

@Suite struct ProductTests {
    static let json = """
        {"product_id":"BTC-USD","base_currency_id":"BTC","price":"129058.16","base_increment":"0.00000001",
        "quote_increment":"0.01","price_increment":"0.01","base_min_size":"0.00000001","base_max_size":"100000000000",
        "quote_min_size":"1","quote_max_size":"10000000","status":"online","trading_disabled":false,"is_disabled":false,
        "cancel_only":false,"limit_only":true,"post_only":false,"auction_mode":false,"view_only":false}
        """

    @Test func `a product reads Coinbase's field names and survives a round trip`() throws {
        let product = try JSONDecoder().decode(Product.self, from: Data(Self.json.utf8))
        #expect(try product.id.description == "BTC-USD" && product.price == Amount("129058.16"))
        #expect(product.limitOnly && product.acceptsOrders && product.baseMaxSize == Amount(100_000_000_000))
        #expect(try JSONDecoder().decode(Product.self, from: JSONEncoder().encode(product)) == product)
    }

    @Test func `an empty price is zero and a missing price increment is the quote increment`() throws {
        let text = Self.json.replacingOccurrences(of: #""129058.16""#, with: #""""#)
            .replacingOccurrences(of: #""price_increment":"0.01","#, with: "")
        let product = try JSONDecoder().decode(Product.self, from: Data(text.utf8))
        #expect(product.price.isZero && product.priceIncrement == product.quoteIncrement)
    }

    @Test func `a product with a closing flag accepts no orders`() throws {
        let open = try Fixture.product()
        #expect(open.acceptsOrders)
        for flag in [\Product.tradingDisabled, \.isDisabled, \.cancelOnly, \.postOnly, \.auctionMode, \.viewOnly] {
            var product = open
            product[keyPath: flag] = true
            #expect(!product.acceptsOrders, "\(flag)")
        }
    }

    @Test func `a delisted product accepts no orders`() throws {
        var product = try Fixture.product()
        product.status = "delisted"
        #expect(!product.acceptsOrders)
    }

    @Test(arguments: ["", "BTC", "btc-usd", "BTC-USD-X", "-USD", "BTC-", "BTC/USD", "BTC-USD\n", "ÄBC-USD"])
    func `text that is no trading pair is refused`(text: String) {
        #expect(throws: TradingError.productIDMalformed(text: text)) { try ProductID(text) }
    }

    @Test func `a product id knows its currencies and orders by name`() throws {
        let id = try ProductID("1INCH-USDC")
        #expect(id.base == "1INCH" && id.quote == "USDC")
        #expect(try ProductID("AAVE-USD") < ProductID("BTC-USD"))
    }

    @Test func `mid is exact and a quote goes stale after a minute`() throws {
        let time = Date(timeIntervalSince1970: 1_700_000_000)
        let quote = Quote(
            product: try ProductID("BTC-USD"), bid: try Amount("0.0000123"), ask: try Amount("0.0000124"), time: time)
        #expect(quote.mid == (try Amount("0.00001235")))
        #expect(!quote.isStale(at: time + 60) && quote.isStale(at: time + 60.5) && quote.isStale(at: time - 61))
        #expect(quote.isStale(at: Date(timeIntervalSince1970: .nan)))
    }
}
