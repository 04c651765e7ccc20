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

    /// The recorded results of the tasks, as far as tests look at them.
    private struct Pair: Decodable {
        struct Analysis: Decodable {
            let liquidity_analysis, volatility_analysis, momentum_analysis, position_analysis: String
        }
        let product_id, base_name, risk_level, risk_color, recommendation, recommendation_color: String
        let price, volume_24h_million, price_change_24h, volume_change_24h, position_tokens, total_score: Double
        let analysis: Analysis
    }

    private struct Scan: Decodable {
        struct Opportunities: Decodable {
            let new_high_scorers, momentum_surges, volatility_plays, large_volume: [Pair]
        }
        let success: Bool
        let timestamp: String
        let total_analyzed, total_scored, good_candidates: Int
        let opportunities: Opportunities
    }

    private struct Alert: Decodable {
        let success: Bool
        let exceptional_count: Int
        let opportunities: [Pair]
    }

    private struct NewPairs: Decodable {
        let success: Bool
        let timestamp: String
        let total_products_scanned, new_pairs_found, usd_pairs_found, notifications_created, pairs_updated: Int
    }

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
        let ranking = PairRanking(scan.scores, excluding: Set(Self.taken.map(\.product)))
        let good = ranking.candidates(from: PairScore.good)
        let report = try job.report(as: Scan.self)
        #expect(report.success && report.total_analyzed == 24 && report.total_scored == 39)
        #expect(report.timestamp == String(bench.wall.now.formatted(.iso8601).prefix(19)))
        #expect(report.good_candidates == ranking.count(.goodCandidate))
        let opportunities = report.opportunities
        let scorers = good.filter { $0.advice == .goodCandidate }.map(\.product.rawValue)
        #expect(opportunities.new_high_scorers.map(\.product_id) == scorers)
        #expect(opportunities.large_volume.allSatisfy { $0.volume_24h_million >= 50 && $0.risk_level != "HIGH" })
        #expect(opportunities.volatility_plays.allSatisfy { abs($0.price_change_24h) >= 10 })
        #expect(opportunities.momentum_surges.allSatisfy { $0.volume_change_24h >= 100 })
        let notices = try await bench.ledger.notifications(limit: 10)
        #expect(notices.map(\.type) == (good.isEmpty ? [] : ["market_opportunity"]))
        #expect(notices.first?.message.contains("1. **") != false)
    }

    @Test func `an alert tells of the largest pairs from its own score on`() async throws {
        let bench = try await JobBench(bots: Self.taken)
        let payload = #"{"what": "market-scan", "min_score": 1}"#
        let job = try await bench.attempt("cache-refresh", payload, id: "alert")
        let report = try job.report(as: Alert.self)
        #expect(report.success && report.exceptional_count == 15 && report.opportunities.count == 15)
        let first = try #require(report.opportunities.first)
        #expect(first.total_score == report.opportunities.map(\.total_score).max())
        #expect(first.analysis.liquidity_analysis.contains("liquidity") && !first.base_name.isEmpty)
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
        let all = try first.report(as: NewPairs.self)
        #expect(all.success && all.total_products_scanned == 39 && all.new_pairs_found == 39)
        #expect(all.usd_pairs_found == 39 && all.notifications_created == 0 && bench.record.calls == [.products])
        #expect(try await bench.ledger.notifications(limit: 10).isEmpty)
        try await bench.ledger.write { db in
            try db.execute(sql: "DELETE FROM trading_pairs WHERE product_id = 'ETH-USD'")
            try db.execute(sql: "UPDATE trading_pairs SET status = 'delisted' WHERE product_id = 'BTC-USD'")
        }
        let second = try await bench.attempt("cache-refresh", #"{"what": "new-pairs"}"#, id: "n2")
        let news = try second.report(as: NewPairs.self)
        #expect(news.new_pairs_found == 1 && news.notifications_created == 1 && news.pairs_updated == 1)
        let third = try await bench.attempt("cache-refresh", #"{"what": "new-pairs"}"#, id: "n3")
        let none = try third.report(as: NewPairs.self)
        #expect(none.new_pairs_found == 0 && none.pairs_updated == 0)
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
