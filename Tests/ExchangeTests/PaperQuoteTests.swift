import Exchange
import Foundation
import TestSupport
import Testing
import Trading

@Suite struct PaperQuoteTests {
    @Test func `quotes and products carry the price of the moment`() async throws {
        let desk = try await PaperDesk()
        let exchange = try desk.client()
        let book = try desk.book("BTC-USD")
        let ids = try ["BTC-USD", "NOPE-USD", "ETH-USD"].map { try ProductID($0) }
        let quotes = try await exchange.bestBidAsk(ids)
        #expect(quotes.map(\.product.rawValue) == ["BTC-USD", "ETH-USD"])
        #expect(quotes[0].bid == (try desk.price(book.bestBid, of: "BTC-USD")))
        #expect(quotes[0].mid == (try desk.price(book.mid, of: "BTC-USD")) && quotes[0].time == desk.time.now())
        let products = try await exchange.products()
        #expect(products.count == 39 && products[0].price == quotes[0].mid)
    }

    @Test func `a halted product is disabled and its quote is as old as its last trade`() async throws {
        let halt = 1_755_648_000 + 58 * 86_400
        let desk = try await PaperDesk(at: halt + 3600)
        let exchange = try desk.client()
        let zora = try ProductID("ZORA-USD")
        let disabled = try await exchange.products().filter(\.tradingDisabled).map(\.id)
        #expect(disabled == [zora])
        let quote = try await exchange.bestBidAsk([zora])[0]
        #expect(quote.time == Date(timeIntervalSince1970: Double(halt)) && quote.isStale(at: desk.time.now()))
    }

    @Test func `candles are current, on the grid, complete and equal to the market's`() async throws {
        let real = 1_790_000_000
        let desk = try await PaperDesk(at: real)
        let mapping = try MarketTime(repeating: desk.market)
        let exchange = try desk.client(mapping)
        let to = real / 3600 * 3600
        let bitcoin = try ProductID("BTC-USD")
        let candles = try await exchange.candles(bitcoin, granularity: .oneHour, from: to - 300 * 3600, to: to)
        #expect(candles.count == 300 && candles[0].start == to - 300 * 3600 && candles[299].start == to - 3600)
        #expect(candles.allSatisfy { $0.isSound(on: .oneHour) })
        let unshifted = try PaperExchange(
            market: desk.market, redis: desk.redis, options: .init(time: .unshifted),
            now: SettableTime(mapping.market(at: real)).now)
        let shift = mapping.shift(at: real)
        let same = try await unshifted.candles(
            bitcoin, granularity: .oneHour, from: to - shift - 300 * 3600, to: to - shift)
        #expect(same.map(\.close) == candles.map(\.close))
        let quote = try await exchange.bestBidAsk([bitcoin])[0]
        #expect(abs(quote.mid.doubleValue / candles[299].close - 1) < 0.05)
    }

    @Test func `the first candle reads exactly as its decimal text`() async throws {
        let desk = try await PaperDesk()
        let candles = try await desk.client().candles(
            try ProductID("BTC-USD"), granularity: .fiveMinutes, from: 1_760_400_000, to: 1_760_400_600)
        #expect(
            candles[0]
                == Candle(
                    start: 1_760_400_000, open: 136784.18, high: 136967.25, low: 136762.69, close: 136934.22,
                    volume: 5.856))
        #expect(candles[1].volume == 1.909)
    }

    @Test func `the forming candle knows nothing of the future`() async throws {
        let desk = try await PaperDesk()
        let hour = PaperDesk.start / 3600 * 3600 + 3600
        let bitcoin = try ProductID("BTC-USD")
        for offset in [30, 299, 300, 1234, 3599] {
            desk.time.set(hour + offset)
            let candles = try await desk.client().candles(bitcoin, granularity: .oneHour, from: hour, to: hour + 7200)
            #expect(candles.count == 1 && candles[0].start == hour)
            #expect(candles[0].close == (try desk.price(desk.book("BTC-USD").mid, of: "BTC-USD")).doubleValue)
        }
        desk.time.set(hour + 3600)
        let complete = try await desk.client().candles(bitcoin, granularity: .oneHour, from: hour, to: hour + 3600)
        let parts = try await desk.client().candles(bitcoin, granularity: .fiveMinutes, from: hour, to: hour + 3600)
        #expect(parts.count == 12 && complete[0].high == parts.map(\.high).max())
        #expect(complete[0].close == parts[11].close)
    }

    @Test func `slots without trades are missing and more than 300 slots are refused`() async throws {
        let desk = try await PaperDesk()
        let exchange = try desk.client()
        let thin = try ProductID("SQD-USD")
        let candles = try await exchange.candles(
            thin, granularity: .fiveMinutes, from: PaperDesk.start - 300 * 300, to: PaperDesk.start)
        #expect(candles.count < 300 && candles.count > 250)
        await #expect(throws: ExchangeError.self) {
            try await exchange.candles(
                thin, granularity: .fiveMinutes, from: 1_760_400_000, to: 1_760_400_000 + 301 * 300)
        }
    }
}
