import Exchange
import JobQueue
import Redis
import TestSupport
import Testing
import Trading

@testable import Jobs

@Suite(.serialized)
struct CacheRefreshJobTests {
    private func lifetime(_ key: String, _ bench: JobBench) async throws -> Int {
        try await bench.redis.send(["TTL", .text(key)]).int(of: "TTL")
    }

    @Test func `quotes of the running bots' products come in one request`() async throws {
        let tokens = TokenBucket(name: "coinbase", ratePerSecond: 0.001, burst: 5)
        let bench = try await JobBench(
            bots: [
                BotSeed(1, "BTC-USD"), BotSeed(2, "ETH-USD"), BotSeed(3, "BTC-USD"),
                BotSeed(4, "SOL-USD", status: .stopped),
            ],
            tokens: tokens)
        let job = try await bench.attempt("cache-refresh", #"{"what": "quotes"}"#, id: "q")
        #expect(job.state == .succeeded && job.result == ["quotes": "2"])
        #expect(bench.record.calls == [.bestBidAsk])
        #expect(bench.record.tokens == [.marketData])
        #expect(try await bench.limiter.levels()[0].available.rounded() == 4)
        for product in ["BTC-USD", "ETH-USD"] {
            #expect((58...60).contains(try await lifetime("market_data:ticker:\(product)", bench)))
        }
        let quotes = try await bench.cache.quotes([try ProductID("BTC-USD")])
        #expect(quotes.values.first?.fetchedAt == bench.wall.now)
    }

    @Test func `the payload may name the products`() async throws {
        let bench = try await JobBench()
        let job = try await bench.attempt("cache-refresh", #"{"what": "quotes", "products": ["XRP-USD"]}"#, id: "q")
        #expect(job.result == ["quotes": "1"])
        #expect(try await bench.cache.quotes([try ProductID("XRP-USD"), try ProductID("BTC-USD")]).count == 1)
    }

    @Test func `without bots nothing is asked`() async throws {
        let bench = try await JobBench(bots: [])
        for what in ["quotes", "candles"] {
            #expect(try await bench.attempt("cache-refresh", #"{"what": "\#(what)"}"#, id: what).state == .succeeded)
        }
        #expect(bench.record.calls.isEmpty)
    }

    @Test func `products are stored whole, for five minutes`() async throws {
        let bench = try await JobBench()
        let job = try await bench.attempt("cache-refresh", #"{"what": "products"}"#, id: "p")
        let products = try #require(try await bench.cache.products())
        #expect(job.result == ["products": "\(products.products.count)"] && products.products.count == 39)
        #expect((298...300).contains(try await lifetime("market_data:products", bench)))
        #expect(bench.record.calls == [.products])
    }

    @Test func `missing candles come first, then a slice, the oldest in front`() async throws {
        let names = ["ADA", "ATOM", "BCH", "BTC", "DOGE", "DOT", "ETC", "ETH", "FIL", "LTC", "SOL", "XRP"].map {
            $0 + "-USD"
        }
        let bench = try await JobBench(bots: names.enumerated().map { BotSeed($0.offset + 1, $0.element) })
        try await bench.fillCache(["ETH-USD"])
        let first = try await bench.attempt("cache-refresh", #"{"what": "candles"}"#, id: "c1")
        #expect(first.result == ["candles": "11"])
        #expect(bench.record.candles.map(\.rawValue) == names.filter { $0 != "ETH-USD" })
        #expect((895...900).contains(try await lifetime("market_data:candles:BTC-USD:3600", bench)))
        let series = try #require(
            try await bench.cache.snapshot(try ProductID("BTC-USD"), granularity: .oneHour).candles)
        #expect(series.candles.count == 300 && series.candles.allSatisfy { $0.start % 3_600 == 0 })

        bench.record.forget()
        bench.wall.advance(30)
        // A tenth of twelve products, rounded up.
        let second = try await bench.attempt("cache-refresh", #"{"what": "candles"}"#, id: "c2")
        #expect(second.result == ["candles": "2"])
        bench.wall.advance(30)
        _ = try await bench.attempt("cache-refresh", #"{"what": "candles"}"#, id: "c3")
        #expect(bench.record.candles.map(\.rawValue) == Array(names.prefix(4)))
        #expect(bench.record.tokens.count == 4)
    }

    @Test func `old candles are fetched out of turn`() async throws {
        let names = ["ADA-USD", "BTC-USD", "ETH-USD"]
        let bench = try await JobBench(bots: names.enumerated().map { BotSeed($0.offset + 1, $0.element) })
        try await bench.fillCache(["BTC-USD", "ETH-USD"])
        bench.wall.advance(601)
        try await bench.fillCache(["ADA-USD"])
        #expect(try await bench.attempt("cache-refresh", #"{"what": "candles"}"#, id: "c").result == ["candles": "2"])
        #expect(bench.record.candles.map(\.rawValue) == ["BTC-USD", "ETH-USD"])
    }

    @Test func `a 429 postpones the job and spends no attempt`() async throws {
        let bench = try await JobBench(bots: [BotSeed(1, "ADA-USD"), BotSeed(2, "BTC-USD")])
        let plot = AttemptPlot { moment in
            let isSecond = bench.record.candles.count == 2
            return isSecond && moment == .before(.candles)
                ? .fail(.rateLimited(retryAfter: .milliseconds(1_500))) : .goOn
        }
        let job = try await bench.attempt("cache-refresh", #"{"what": "candles"}"#, id: "c", plot)
        #expect(job.state == .scheduled && job.envelope.attempts == 0)
        #expect(job.postponements == ["the exchange allows no request now"])
        let due = try #require(job.dueMilliseconds)
        #expect(due >= (job.envelope.enqueuedMilliseconds + 1_500))
        // What was fetched before stays.
        #expect(try await bench.cache.snapshot(try ProductID("ADA-USD"), granularity: .oneHour).candles != nil)
        #expect(try await bench.finish("c", in: "cache-refresh").result == ["candles": "2"])
    }

    @Test func `the exchange's own 429 postpones too`() async throws {
        let bench = try await JobBench()
        try await PaperFaults(redis: bench.redis).arm(.rateLimit)
        let job = try await bench.attempt("cache-refresh", #"{"what": "quotes"}"#, id: "q")
        #expect(job.state == .scheduled && job.envelope.attempts == 0)
        // Nobody else of the fleet asks meanwhile.
        #expect(try await bench.limiter.levels()[0].closedMilliseconds > 0)
        #expect(try await bench.finish("q", in: "cache-refresh").state == .succeeded)
    }

    @Test func `a token that could not be waited for costs no attempt, and closes the bucket to nobody`() async throws {
        let bench = try await JobBench()
        let plot = AttemptPlot { _ in .fail(.rateLimited(retryAfter: .zero)) }
        let job = try await bench.attempt("cache-refresh", #"{"what": "quotes"}"#, id: "q", plot)
        #expect(job.state == .scheduled && job.envelope.attempts == 0)
        #expect(try await bench.limiter.levels()[0].closedMilliseconds == 0)
    }

    @Test func `a 500 is a failed attempt that is tried again`() async throws {
        let bench = try await JobBench()
        try await PaperFaults(redis: bench.redis).arm(.serverError)
        let job = try await bench.attempt("cache-refresh", #"{"what": "quotes"}"#, id: "q")
        #expect(job.state == .retrying && job.envelope.attempts == 1)
        #expect(job.failure?.type == "ExchangeError")
        let second = try await bench.finish("q", in: "cache-refresh")
        #expect(second.state == .succeeded && second.envelope.attempts == 1)
    }

    @Test func `an empty bucket makes the job wait for its token`() async throws {
        let clock = ManualClock()
        let bench = try await JobBench(
            clock: clock, tokens: TokenBucket(name: "coinbase", ratePerSecond: 0.001, burst: 1))
        #expect(try await bench.limiter.take("coinbase", for: "somebody")?.taken == 1)
        async let job = bench.attempt("cache-refresh", #"{"what": "quotes"}"#, id: "q")
        try await clock.waitForSleepers(within: .seconds(30))
        #expect(bench.record.tokens.isEmpty)
        try await bench.limiter.giveBack("coinbase", 1)
        clock.advance(by: .seconds(5))
        #expect(try await job.state == .succeeded && bench.record.tokens == [.marketData])
    }

    @Test func `tokens that are kept for orders are not taken`() async throws {
        let clock = HastyClock()
        let tokens = TokenBucket(name: "coinbase", ratePerSecond: 0.001, burst: 5, reserve: ["execution": 5])
        let bench = try await JobBench(clock: clock, tokens: tokens)
        try await bench.enqueue("cache-refresh", #"{"what": "quotes"}"#, id: "q")
        let waiting = Task { try await bench.attempt("cache-refresh") }
        // It asks again and again; when its time is over it goes back unspent.
        try await bench.untilWaiting(clock)
        waiting.cancel()
        #expect(try await waiting.value.state == .ready)
        #expect(bench.record.tokens.isEmpty)
        #expect(try await bench.limiter.levels()[0].available.rounded(.down) == 5)
    }

    @Test(arguments: [
        #"{}"#, #"{"what": "everything"}"#, #"{"what": "quotes", "products": ["no product"]}"#,
        #"{"what": "quotes", "days": 3}"#, #"{"what": "quotes", "granularity": "1d"}"#,
        #"{"what": "candles", "min_score": 5}"#,
    ])
    func `other arguments are refused at once`(_ payload: String) async throws {
        let bench = try await JobBench()
        let job = try await bench.attempt("cache-refresh", payload, id: "bad")
        #expect(job.state == .dead && job.failure?.type == "bad-arguments")
        #expect(bench.record.calls.isEmpty)
    }
}
