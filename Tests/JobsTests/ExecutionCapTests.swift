import Exchange
import Foundation
import JobQueue
import Ledger
import Testing
import Trading

@testable import Jobs

/// No buy brings a product above a tenth of equity, or all products above nine tenths.
@Suite(.serialized)
struct ExecutionCapTests {
    @Test func `a bot's order is cut to what the product cap leaves, and then there is none`() async throws {
        let bench = try await JobBench(bots: [BotSeed(1, "BTC-USD", sizeUSD: 25_000)])
        try await bench.fillCache()
        let order = #"{"bot_id": 1, "side": "BUY"}"#
        #expect(try await bench.attempt("execution", order, id: "first").result["status"] == "FILLED")
        let held = try await bench.held("BTC-USD").doubleValue
        #expect(held > 9_800 && held <= 10_000, "\(held)")
        // What the limit reserved and the fill did not need is bought once more, and then nothing.
        try await bench.attempt("execution", order, id: "second")
        #expect(try await bench.attempt("execution", order, id: "third").result == ["skipped": "PRODUCT_CAP"])
        let worth = try await bench.held("BTC-USD")
        let equity = worth + (try await bench.balance("USD"))
        #expect(try worth <= equity.times(Amount("0.1")))
    }

    @Test func `an order whose fate is unknown counts in full`() async throws {
        let bench = try await JobBench(bots: [
            BotSeed(1, "BTC-USD", sizeUSD: 6_000), BotSeed(2, "BTC-USD", sizeUSD: 6_000),
        ])
        try await bench.fillCache()
        try await PaperFaults(redis: bench.redis).arm(.dropResponse)
        let lost = try await bench.attempt("execution", #"{"bot_id": 1, "side": "BUY"}"#, id: "lost")
        #expect(lost.failure?.type == "order-outcome-unknown")
        // The balances show what was bought, and the unknown order stands for the same once more.
        let other = try await bench.attempt("execution", #"{"bot_id": 2, "side": "BUY"}"#, id: "other")
        #expect(other.result == ["skipped": "PRODUCT_CAP"])
        #expect(try await bench.finish("lost", in: "execution").state == .succeeded)
        let again = try await bench.attempt("execution", #"{"bot_id": 2, "side": "BUY"}"#, id: "again")
        #expect(again.result["status"] == "FILLED")
        #expect(try await bench.held("BTC-USD") <= Amount(10_000))
    }

    @Test(arguments: [1, 2])
    func `an order that was written down is not sent when it does not fit any more`(_ bots: Int) async throws {
        let bench = try await JobBench(bots: [
            BotSeed(1, "BTC-USD", sizeUSD: 8_000), BotSeed(2, "BTC-USD", sizeUSD: 8_000),
        ])
        try await bench.fillCache()
        let order = #"{"bot_id": 1, "side": "BUY"}"#
        try await bench.attempt("execution", order, id: "late", AttemptPlot { $0 == .before(.place) ? .die : .goOn })
        // Meanwhile it counts in full for others, and what is bought beside the ledger counts by the balances.
        if bots == 2 {
            let late = try await bench.claim("execution")
            #expect(
                try await bench.attempt("execution", #"{"bot_id": 2, "side": "BUY"}"#, id: "other").result["status"]
                    == "FILLED")
            #expect(try await bench.held("BTC-USD") < Amount(2_100))
            try await bench.deadLetter(late)
            #expect(try await bench.attempt("execution").result["status"] == "FILLED")
        } else {
            try await bench.hold("0.03")
            #expect(
                try await bench.attempt("execution").result == ["skipped": "TOO_LARGE_BY_NOW", "order": "UNKNOWN"])
        }
        #expect(try await bench.held("BTC-USD") <= Amount(10_000))
    }

    @Test func `what another bot bought while this one planned is in its sum`() async throws {
        let bench = try await JobBench(bots: [
            BotSeed(1, "BTC-USD", sizeUSD: 8_000), BotSeed(2, "BTC-USD", sizeUSD: 8_000),
        ])
        try await bench.fillCache()
        for bot in 1...2 {
            try await bench.enqueue("execution", #"{"bot_id": \#(bot), "side": "BUY"}"#, id: "bot-\(bot)")
        }
        let (first, second) = (try await bench.claim("execution"), try await bench.claim("execution"))
        let plot = AttemptPlot { moment in
            if moment == .after(.accounts), bench.record.placed.isEmpty { _ = try? await bench.run(second) }
            return .goOn
        }
        try await bench.run(first, plot)
        #expect(try await bench.held("BTC-USD") <= Amount(10_000))
        #expect(try await bench.orders().count == 2)
        try await bench.expectMoneyMatchesFills()
    }

    @Test func `nine tenths of equity are the most that is invested`() async throws {
        let products = [
            "BTC-USD", "ETH-USD", "SOL-USD", "XRP-USD", "ADA-USD", "DOGE-USD", "AVAX-USD", "LINK-USD",
            "LTC-USD", "BCH-USD", "UNI-USD",
        ]
        let bench = try await JobBench(
            bots: products.enumerated().map { BotSeed($0.offset + 1, $0.element, sizeUSD: 950) },
            cash: Amount(10_000))
        try await bench.fillCache(products, candles: false)
        var results: [[String: String]] = []
        for bot in 1...products.count {
            results.append(
                try await bench.attempt("execution", #"{"bot_id": \#(bot), "side": "BUY"}"#, id: "bot-\(bot)").result)
        }
        #expect(results.last == ["skipped": "GROSS_EXPOSURE"], "\(results)")
        var invested = Amount.zero
        for product in products { invested = invested + (try await bench.held(product)) }
        let equity = invested + (try await bench.balance("USD"))
        #expect(try invested <= equity.times(Amount("0.9")) && invested > equity.times(Amount("0.85")))
    }

    @Test func `what is not counted in dollars has no cap that could be checked`() async throws {
        let bench = try await JobBench()
        try await bench.fillCache()
        var products = try #require(try await bench.cache.products()).products
        var pair = try #require(products.first { $0.id.rawValue == "ETH-USD" })
        pair.id = try ProductID("ETH-BTC")
        products.append(pair)
        let quote = Quote(product: pair.id, bid: try Amount("0.035"), ask: try Amount("0.0351"), time: bench.wall.now)
        try await bench.cache.store(quotes: [quote], products: products, fetchedAt: bench.wall.now)
        let order = #"{"product": "ETH-BTC", "side": "BUY", "base_size": "100000"}"#
        #expect(try await bench.attempt("execution", order, id: "cross").result == ["skipped": "NOT_IN_USD"])
    }
}
