import Exchange
import JobQueue
import Ledger
import Testing
import Trading

@testable import Jobs

/// One product's fault is one product's: the others are refreshed, evaluated and rebalanced as if it were not there.
@Suite(.serialized)
struct ProductFaultTests {
    private static let candles = #"{"what": "candles"}"#
    private static let quotes = #"{"what": "quotes"}"#
    private static let products = #"{"what": "products"}"#

    private func bench(_ products: [String]) async throws -> JobBench {
        try await JobBench(bots: products.enumerated().map { BotSeed($0.offset + 1, $0.element) })
    }

    /// Each request for the candles of these products, or for quotes with them, fails.
    private func failing(_ names: [String], _ error: ExchangeError, _ bench: JobBench) -> AttemptPlot {
        AttemptPlot { moment in
            var asked: [ProductID] = []
            if moment == .before(.candles) { asked = bench.record.candles.suffix(1) }
            if moment == .before(.bestBidAsk) { asked = bench.record.quotes.last ?? [] }
            return asked.contains { names.contains($0.rawValue) } ? .fail(error) : .goOn
        }
    }

    @Test func `what the exchange does not list fails alone, and is not asked for once its list is known`()
        async throws
    {
        let bench = try await bench(["BTC-USD", "PEPE-USD", "ETH-USD"])
        let first = try await bench.attempt("cache-refresh", Self.candles, id: "c1")
        #expect(first.state == .succeeded && first.result["candles"] == "2" && first.result["failed"] == "1")
        #expect(first.result["reason"]?.contains("PEPE-USD") == true)
        try await bench.attempt("cache-refresh", Self.products, id: "p")
        bench.record.forget()
        bench.wall.advance(601)
        #expect(try await bench.attempt("cache-refresh", Self.candles, id: "c2").result == ["candles": "2"])
        #expect(try await bench.attempt("cache-refresh", Self.quotes, id: "q").result == ["quotes": "2"])
        #expect(bench.record.candles.map(\.rawValue) == ["BTC-USD", "ETH-USD"] && bench.record.tokens.count == 3)
    }

    @Test(arguments: [
        ExchangeError.notFound(what: "it"), .unreadable(what: "its candles", reason: "a test"),
        .unavailable(during: "candles", reason: "a test"), .invalid(what: "its price", reason: "a test"),
    ])
    func `a product that fails leaves the others refreshed, and does not hold them up`(_ error: ExchangeError)
        async throws
    {
        let bench = try await bench(["ADA-USD", "BTC-USD", "ETH-USD"])
        for round in 0..<3 {
            bench.record.forget()
            let job = try await bench.attempt(
                "cache-refresh", Self.candles, id: "c\(round)", failing(["ADA-USD"], error, bench))
            #expect(job.state == .succeeded && job.result["failed"] == "1")
            // The one that is old and a slice of the others, in turn.
            #expect(bench.record.candles.count == (round == 0 ? 3 : 2))
            bench.wall.advance(30)
        }
        let snapshots = try await bench.cache.snapshots(
            ["ADA-USD", "BTC-USD", "ETH-USD"].map { try ProductID($0) }, granularity: .oneHour)
        #expect(snapshots.map { $0.candles != nil } == [false, true, true])
    }

    @Test func `a product that spoils the request for all quotes is found, and the others are stored`() async throws {
        let names = ["ADA-USD", "ATOM-USD", "BTC-USD", "DOGE-USD", "ETH-USD", "SOL-USD", "XRP-USD"]
        let bench = try await bench(names)
        let job = try await bench.attempt(
            "cache-refresh", Self.quotes, id: "q", failing(["DOGE-USD"], .invalid(what: "it", reason: "a test"), bench))
        #expect(job.state == .succeeded && job.result["quotes"] == "6" && job.result["failed"] == "1")
        #expect(job.result["reason"]?.contains("DOGE-USD") == true)
        #expect(bench.record.quotes.count <= 7)
        let stored = try await bench.cache.quotes(try names.map { try ProductID($0) })
        #expect(Set(stored.keys.map(\.rawValue)) == Set(names).subtracting(["DOGE-USD"]))
    }

    @Test(arguments: [candles, quotes])
    func `an exchange that answers nothing is a failed attempt, and no bot is blamed`(_ payload: String) async throws {
        let names = ["ADA", "ATOM", "BCH", "BTC", "DOGE", "DOT", "ETC", "ETH", "FIL", "LTC", "SOL", "XRP"].map {
            $0 + "-USD"
        }
        let bench = try await bench(names)
        let error = ExchangeError.unavailable(during: "a test", reason: "it is down")
        let job = try await bench.attempt("cache-refresh", payload, id: "r", failing(names, error, bench))
        #expect(job.state == .retrying && job.envelope.attempts == 1 && job.failure?.type == "ExchangeError")
        #expect(bench.record.calls.count <= 8)
        // Without its list of products no bot is said to have a wrong one.
        for bot in 1...names.count {
            try await bench.enqueue("evaluation", #"{"bot_id": \#(bot)}"#, id: "eval-\(bot)")
            try await bench.age("eval-\(bot)", in: "evaluation", bySeconds: 61)
            #expect(try await bench.attempt("evaluation").result["reason"] == "STALE")
        }
        #expect(try await bench.ledger.runningBots().count == names.count)
    }

    @Test func `a stopped bot asks for nothing, and what the account holds is quoted all the same`() async throws {
        let bench = try await bench(["BTC-USD", "PEPE-USD", "ETH-USD", "SOL-USD"])
        for bot in [2, 3] { try await bench.ledger.setStatus(.stopped, ofBot: bot) }
        #expect(try await bench.attempt("cache-refresh", Self.candles, id: "c").result == ["candles": "2"])
        #expect(bench.record.candles.map(\.rawValue) == ["BTC-USD", "SOL-USD"])
        try await bench.attempt("cache-refresh", Self.products, id: "p")
        try await bench.attempt("cache-refresh", Self.quotes, id: "q1")
        try await bench.attempt("execution", #"{"bot_id": 4, "side": "BUY"}"#, id: "buy")
        try await bench.ledger.setStatus(.stopped, ofBot: 4)
        bench.record.forget()
        #expect(try await bench.attempt("cache-refresh", Self.quotes, id: "q2").result == ["quotes": "2"])
        #expect(bench.record.quotes.last?.map(\.rawValue) == ["BTC-USD", "SOL-USD"])
    }

    @Test func `a member of a fan-out refreshes its own product, and one that is gone by then is no failure`()
        async throws
    {
        let bench = try await bench(["BTC-USD", "ETH-USD"])
        for (product, result) in [("ETH-USD", "1"), ("PEPE-USD", "0")] {
            let job = try await bench.attempt(
                "cache-refresh", #"{"product":"\#(product)","what":"candles"}"#, id: product)
            #expect(job.state == .succeeded && job.result["candles"] == result)
        }
        #expect(bench.record.candles.map(\.rawValue) == ["ETH-USD", "PEPE-USD"])
    }

    @Test(arguments: ["PEPE-USD", "nonsense"])
    func `a bot of a product that is not listed is in ERROR with a reason, and comes back when its row is mended`(
        _ pair: String
    ) async throws {
        let bench = try await bench(["BTC-USD", "ETH-USD"])
        try await bench.sql("UPDATE bots SET pair = '\(pair)' WHERE id = 2")
        try await bench.fillCache()
        let job = try await bench.attempt("evaluation", #"{"bot_id": 2}"#, id: "e1")
        #expect(job.state == .succeeded && job.result["bot"] == "ERROR")
        #expect(job.result["reason"]?.contains(pair) == true)
        let logged = try await bench.ledger.loggedErrors(botID: 2, limit: 10)
        #expect(logged.map(\.entry.message) == [job.result["reason"]])
        let broken = try await bench.ledger.botsInError()
        #expect(broken.map(\.id) == [2] && broken[0].reason == job.result["reason"] && broken[0].waitsForProduct)
        #expect(try await bench.attempt("evaluation", #"{"bot_id": 1}"#, id: "e2").result["action"] == "BUY")
        try await bench.attempt("cache-refresh", Self.products, id: "p1")
        #expect(try await bench.ledger.bot(2)?.status == .error)
        try await bench.sql("UPDATE bots SET pair = 'ETH-USD' WHERE id = 2")
        #expect(try await bench.attempt("cache-refresh", Self.products, id: "p2").result["bots_back"] == "2")
        #expect(try await bench.ledger.bot(2)?.status == .running)
        try await bench.fillCache(["ETH-USD"])
        #expect(try await bench.attempt("evaluation", #"{"bot_id": 2}"#, id: "e3").result["action"] == "BUY")
    }

    @Test func `a bot comes back when its product is listed, but not from what an operator did meanwhile`()
        async throws
    {
        let bench = try await bench(["BTC-USD", "ETH-USD", "SOL-USD"])
        let listed = try await bench.exchange().products().filter { $0.id.rawValue == "BTC-USD" }
        try await bench.cache.store(products: listed, fetchedAt: bench.wall.now)
        for bot in [2, 3] {
            #expect(
                try await bench.attempt("evaluation", #"{"bot_id": \#(bot)}"#, id: "e\(bot)").result["bot"] == "ERROR")
        }
        // One is stopped, and later put into ERROR for another reason.
        try await bench.ledger.setStatus(.stopped, ofBot: 3)
        try await bench.sql("UPDATE bots SET status = 'ERROR' WHERE id = 3")
        #expect(try await bench.attempt("cache-refresh", Self.products, id: "p1").result["bots_back"] == "2")
        #expect(try await bench.ledger.bot(3)?.status == .error)
        #expect(try await bench.attempt("cache-refresh", Self.products, id: "p2").result["bots_back"] == nil)
    }

    @Test func `a bot that was stopped or given another product while it was judged stays as it is`() async throws {
        let bench = try await bench(["PEPE-USD", "PEPE-USD", "PEPE-USD"])
        let bots = try await bench.ledger.bots()
        try await bench.ledger.setStatus(.stopped, ofBot: 1)
        try await bench.sql("UPDATE bots SET pair = 'BTC-USD' WHERE id = 2")
        try await bench.replaceBot(3, createdAt: "2026-11-22 10:00:00")
        for bot in bots { #expect(try await !bench.ledger.setAside(bot, because: "a test")) }
        #expect(try await bench.ledger.bots().map(\.status) == [.stopped, .running, .running])
    }
}
