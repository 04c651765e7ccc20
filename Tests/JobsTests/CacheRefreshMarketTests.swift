import Exchange
import Foundation
import GRDB
import JobQueue
import Redis
import TestSupport
import Testing
import Trading

@testable import Jobs
@testable import Ledger

/// What the cache is filled with for the dashboard: balances, candles of other lengths, scans, new pairs.
@Suite(.serialized)
struct CacheRefreshMarketTests {
    /// All products of the offline market have a bot but one.
    private static let taken = [
        "BTC", "ETH", "SOL", "XRP", "ADA", "DOGE", "AVAX", "LINK", "DOT", "LTC", "BCH", "UNI", "XLM", "ATOM", "NEAR",
    ].enumerated().map { BotSeed($0.offset + 1, $0.element + "-USD", status: .stopped) }

    @Test func `balances come in one request`() async throws {
        let bench = try await JobBench()
        let job = try await bench.attempt("cache-refresh", #"{"what": "accounts"}"#, id: "a")
        #expect(job.result == ["accounts": "1"] && bench.record.calls == [.accounts])
        let cached = try #require(try await bench.cache.accounts())
        #expect(cached.accounts.map(\.currency) == ["USD"] && cached.fetchedAt == bench.wall.now)
        #expect(cached.accounts.first?.available == bench.cash)
    }

    @Test func `quotes include what the account owns, with its volume of a day`() async throws {
        let bench = try await JobBench(bots: [])
        try await bench.hold("0.01", of: "ETH-USD")
        for what in ["products", "accounts", "quotes"] {
            try await bench.attempt("cache-refresh", #"{"what": "\#(what)"}"#, id: what)
        }
        let ether = try ProductID("ETH-USD")
        let quote = try #require(try await bench.cache.quotes([ether])[ether])
        #expect(quote.volume24h > 0)
    }

    @Test(arguments: [("5m", Granularity.fiveMinutes), ("1d", .oneDay), ("15m", .fifteenMinutes)])
    func `candles of other lengths have series of their own`(_ name: String, _ granularity: Granularity) async throws {
        let bench = try await JobBench()
        let payload = #"{"what": "candles", "granularity": "\#(name)"}"#
        let job = try await bench.attempt("cache-refresh", payload, id: "c")
        #expect(job.result == ["candles": "1"] && bench.record.calls == [.candles])
        let series = try #require(
            try await bench.cache.snapshot(try ProductID("BTC-USD"), granularity: granularity).candles)
        let slot = bench.wall.unixSeconds / granularity.seconds * granularity.seconds
        #expect(series.candles.count >= 12 && series.candles.last?.start == slot - granularity.seconds)
        #expect(try await bench.cache.snapshot(try ProductID("BTC-USD"), granularity: .oneHour).candles == nil)
    }

    @Test func `candles that are to be kept go to the ledger, each once`() async throws {
        let bench = try await JobBench()
        let payload = #"{"what": "candles", "product": "ETH-USD", "granularity": "1h", "record": true}"#
        try await bench.attempt("cache-refresh", payload, id: "c1")
        let first = try await bench.ledger.candles(of: "ETH-USD", timeframe: "1h", limit: 1_000)
        #expect(first.count == 300)
        try await bench.attempt("cache-refresh", payload, id: "c2")
        #expect(try await bench.ledger.candles(of: "ETH-USD", timeframe: "1h", limit: 1_000) == first)
        #expect(try await bench.ledger.candles(of: "ETH-USD", timeframe: "5m", limit: 10).isEmpty)
    }

    @Test func `a scan scores every pair, and tells once of the good ones without a bot`() async throws {
        let bench = try await JobBench(bots: Self.taken)
        let job = try await bench.attempt("cache-refresh", #"{"what": "market-scan"}"#, id: "s")
        #expect(job.state == .succeeded && bench.record.calls == [.products])
        let scan = try #require(try await bench.cache.scan())
        #expect(scan.scannedAt == bench.wall.now && scan.scores.count == 39)
        #expect(job.result["scored"] == "39" && job.result["analyzed"] == "24")
        let ranking = PairRanking(scan.scores, excluding: Set(Self.taken.map(\.product)))
        let good = ranking.candidates(from: PairScore.good)
        #expect(job.result["good_candidates"] == "\(good.count)")
        let notices = try await bench.ledger.notifications(limit: 10)
        #expect(notices.map(\.type) == (good.isEmpty ? [] : ["market_opportunity"]))
        #expect(notices.first?.message.contains("1. **") != false)
    }

    @Test func `an alert tells of the largest pairs from its own score on`() async throws {
        let bench = try await JobBench(bots: Self.taken)
        let payload = #"{"what": "market-scan", "min_score": 1}"#
        let job = try await bench.attempt("cache-refresh", payload, id: "alert")
        #expect(job.result["analyzed"] == "15" && job.result["good_candidates"] == "15")
        #expect(try await bench.ledger.notifications(limit: 10).map(\.title) == ["Market opportunities found: 15"])
        // The list is in the cache: no request.
        bench.record.forget()
        try await bench.attempt("cache-refresh", #"{"what": "market-scan", "min_score": 30}"#, id: "none")
        #expect(bench.record.calls.isEmpty)
        #expect(try await bench.ledger.notifications(limit: 10).count == 1)
    }

    @Test func `the first search for pairs makes no news, and a later one tells of each new pair once`() async throws {
        let bench = try await JobBench()
        let first = try await bench.attempt("cache-refresh", #"{"what": "new-pairs"}"#, id: "n1")
        #expect(first.result["new"] == "39" && first.result["news"] == "0" && bench.record.calls == [.products])
        #expect(try await bench.ledger.notifications(limit: 10).isEmpty)
        try await bench.ledger.write { db in
            try db.execute(sql: "DELETE FROM trading_pairs WHERE product_id = 'ETH-USD'")
            try db.execute(sql: "UPDATE trading_pairs SET status = 'delisted' WHERE product_id = 'BTC-USD'")
        }
        let second = try await bench.attempt("cache-refresh", #"{"what": "new-pairs"}"#, id: "n2")
        #expect(second.result["news"] == "1" && second.result["updated"] == "1")
        let third = try await bench.attempt("cache-refresh", #"{"what": "new-pairs"}"#, id: "n3")
        #expect(third.result["new"] == "0" && third.result["updated"] == "0")
        let notices = try await bench.ledger.notifications(limit: 10)
        #expect(notices.map(\.title) == ["New trading pair: ETH-USD"] && notices.first?.priority == "high")
        let pair = try #require(try await bench.ledger.trackedPair("ETH-USD"))
        #expect(pair.isNewListing && (pair.initialPrice ?? 0) > 0 && (pair.initialVolume24h ?? 0) > 0)
    }

    @Test(arguments: ["accounts", "market-scan", "new-pairs"])
    func `a 429 postpones each of them and spends no attempt`(_ what: String) async throws {
        let bench = try await JobBench()
        try await PaperFaults(redis: bench.redis).arm(.rateLimit)
        let job = try await bench.attempt("cache-refresh", #"{"what": "\#(what)"}"#, id: "x")
        #expect(job.state == .scheduled && job.envelope.attempts == 0)
        #expect(try await bench.finish("x", in: "cache-refresh").state == .succeeded)
    }

    @Test func `each takes as many calls as its load says, at most`() throws {
        let kind = KindDefinition.cacheRefresh
        for what in CacheRefreshJob.Payload.What.allCases where ![.candles, .prune].contains(what) {
            #expect(kind.load(#"{"what": "\#(what.rawValue)"}"#, products: 39).calls == 1)
        }
        #expect(kind.load(#"{"what": "candles", "granularity": "5m"}"#, products: 39).calls == 4)
    }

    @Test(arguments: [
        #"{"what": "candles", "granularity": "7m"}"#, #"{"what": "market-scan", "min_score": 31}"#,
        #"{"what": "candles", "record": "yes"}"#,
    ])
    func `other arguments are refused at once`(_ payload: String) async throws {
        let bench = try await JobBench()
        let job = try await bench.attempt("cache-refresh", payload, id: "bad")
        #expect(job.state == .dead && job.failure?.type == "bad-arguments")
    }
}
