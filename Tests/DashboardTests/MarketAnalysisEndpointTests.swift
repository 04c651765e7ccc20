import Exchange
import Foundation
import Ledger
import Redis
import TestSupport
import Testing
import Trading

@testable import Dashboard

/// The routes of `/market-analysis` and of new pairs against what the old backend answered with the same market.
@Suite struct MarketAnalysisEndpointTests {
    /// The old backend told a constant.
    private static let time = ["$.timestamp"]

    @Test(arguments: [
        "get_market-analysis-analysis", "get_market-analysis-analysis__limit5",
        "get_market-analysis-analysis__limit25-nogems", "get_market-analysis-analysis__limit501",
        "get_market-analysis-analysis-FET-USD", "get_market-analysis-analysis-NOPE-USD",
        "get_market-analysis-comparison", "get_new-pairs-scan", "get_new-pairs-analyze-ZORA-USD",
    ])
    func `scores and sentences are those of the old backend`(_ name: String) async throws {
        #expect(try await MarketBench.loaded().differences(name, allowing: Self.time) == [])
    }

    @Test func `the time is that of the scan`() async throws {
        let body = try await MarketBench.loaded(age: 60).json(.get, "/api/v1/market-analysis/analysis").body
        #expect(body["timestamp"] == .text("2025-10-04T11:59:00.000Z"))
    }

    @Test func `every part is there without a candidate`() async throws {
        let taken = try Golden("get_market-analysis-analysis__no-candidates").body["excluded_pairs"].elements
        let rest = taken.dropFirst(39).compactMap(\.string)
        let sql = rest.map { "INSERT INTO bots (name, pair, status) VALUES ('\($0)', '\($0)', 'STOPPED');" }
        let bench = try await MarketBench.loaded(changedBy: sql.joined(separator: "\n"))
        let differences = try await bench.differences(
            "get_market-analysis-analysis__no-candidates", allowing: Self.time + ["$.summary.*"])
        #expect(differences == [])
        let summary = try await bench.json(.get, "/api/v1/market-analysis/analysis").body["summary"]
        #expect(summary["message"] == .text("No candidates found"))
        #expect(summary["counts"]["total_analyzed"] == .integer(0))
        #expect(summary["best_by_category"]["liquidity"]["volume"].asDouble == 0)
        #expect(summary["best_by_category"]["volatility"]["change"].asDouble == 0)
        #expect(summary["best_by_category"]["momentum"]["growth"].asDouble == 0)
    }

    @Test func `without a scan the page has its parts too`() async throws {
        let (status, body) = try await MarketBench().json(.get, "/api/v1/market-analysis/analysis")
        #expect(status == 200 && body["candidates"] == .list([]) && body["timestamp"] == .null)
        #expect(body["summary"]["counts"].members.count == 3 && body["excluded_pairs"].elements.count == 39)
        let comparison = try await MarketBench().json(
            .get, "/api/v1/market-analysis/comparison", query: ["pairs": " fet-usd ,,"])
        #expect(comparison.body["valid_analyses"] == .integer(0) && comparison.body["total_compared"] == .integer(1))
    }

    @Test func `a pair that gets a bot after the scan is no candidate any more`() async throws {
        let bench = try await MarketBench.loaded()
        try bench.file.execute("INSERT INTO bots (name, pair, status) VALUES ('k', 'KAS-USD', 'STOPPED')")
        let body = try await bench.json(.get, "/api/v1/market-analysis/analysis").body
        #expect(body["candidates"][0]["product_id"] == .text("MKR-USD"))
        #expect(body["excluded_pairs"].elements.last == .text("KAS-USD") && body["active_bots_count"] == .integer(40))
    }

    @Test func `scans and alerts are jobs whose ids are told`() async throws {
        let bench = try await MarketBench()
        let names = ["post_market-analysis-trigger-scan", "post_market-analysis-trigger-opportunity-alert"]
        for name in names { #expect(try await bench.differences(name, allowing: ["$.task_id"]) == []) }
        #expect(
            bench.jobs.all == [
                ["cache-refresh", #"{"what":"market-scan"}"#],
                ["cache-refresh", #"{"min_score":12,"what":"market-scan"}"#],
            ])
    }

    @Test func `bots are made for the best pairs, as the old backend made them`() async throws {
        let bench = try await MarketBench.loaded()
        let before = try TableRows(of: bench.file)
        #expect(try await bench.differences("post_market-analysis-scan-and-create") == [])
        let changes = JSONValue.object(before.changes(to: try TableRows(of: bench.file)))
        let golden = try Golden("post_market-analysis-scan-and-create")
        let differences = GoldenComparison().differences(expected: golden.changedRows, actual: changes)
        #expect(differences == [])
        // The second run takes the next pairs.
        let path = "/api/v1/market-analysis/scan-and-create"
        let again = try await bench.json(.post, path, query: ["max_bots": "5", "min_score": "18"]).body
        #expect(again["bots_created"] == .integer(3) && again["qualified_candidates"] == .integer(3))
    }

    @Test func `a bot for a pair that does not suit one is refused with the reason`() async throws {
        let bench = try await MarketBench.loaded()
        let path = "/api/v1/market-analysis/auto-create-bot/"
        let poor = try await bench.json(.post, path + "FET-USD")
        #expect(poor.status == 400 && poor.body["detail"] == .text("FET-USD scores 4.0; a bot is made from 12.0 on"))
        #expect(try await bench.json(.post, path + "BTC-USD").status == 400)
        #expect(try await bench.json(.post, path + "NOPE-USD").status == 404)
        let good = try await bench.json(.post, path + "POL-USD")
        #expect(good.status == 200 && good.body["bot_name"] == .text("Auto-Pol-USD Bot"))
        #expect(try await bench.file.ledger.bots().last?.pair == "POL-USD")
    }

    @Test func `an unknown pair is a 404, and one without a first price has no change`() async throws {
        let bench = try await MarketBench.loaded()
        #expect(try await bench.json(.get, "/api/v1/new-pairs/analyze/NOPE-USD").status == 404)
        let kas = try await bench.json(.get, "/api/v1/new-pairs/analyze/KAS-USD").body
        #expect(kas["initial_data"]["price"] == .null && kas["performance_since_listing"]["price_change"] == .null)
        #expect(kas["current_analysis"]["product_id"] == .text("KAS-USD"))
        let gone = try await MarketBench().json(.get, "/api/v1/new-pairs/analyze/ZORA-USD").body
        #expect(gone["current_analysis"] == .null && gone["pair_info"]["days_since_listing"] == .integer(2))
    }
}
