import Exchange
import Foundation
import JobQueue
import Ledger
import Redis
import Synchronization
import TestSupport
import Trading

@testable import Dashboard

/// The API on the database and the market that the goldens were recorded with, both loaded as an operator loads them.
struct MarketBench: Sendable {
    let file: FixtureLedger
    let redis: RedisClient
    let cache: MarketDataCache
    let caller: DirectCaller
    /// What was enqueued: kind and arguments.
    let jobs = Jobs()

    final class Jobs: Sendable {
        private let noted = Mutex<[[String]]>([])
        var all: [[String]] { noted.withLock { $0 } }
        func note(_ kind: String, _ arguments: String) { noted.withLock { $0.append([kind, arguments]) } }
    }

    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures")

    /// The recorded market, with the list of products that was recorded beside it.
    static func market() throws -> MarketFile {
        try MarketFile.read(
            path: fixtures.appending(path: "fixture-market.json").path,
            products: fixtures.appending(path: "golden/get_market-products.json").path)
    }

    /// - Parameters:
    ///   - market: nil leaves the cache empty.
    ///   - sql: see `FixtureLedger`.
    ///   - age: how long ago the market was loaded, in seconds.
    init(
        market: MarketFile? = nil, changedBy sql: String = "", fixture: Bool = true, age: TimeInterval = 0
    ) async throws {
        file = try await FixtureLedger(fixture: fixture, changedBy: sql)
        redis = try await SharedServer.client()
        cache = MarketDataCache(redis: redis, logger: .quiet)
        let jobs = jobs
        let dependencies = DashboardDependencies(
            ledger: file.ledger, cache: cache, broker: Broker(redis: redis), now: { FixtureLedger.now },
            enqueue: { kind, arguments in
                jobs.note(kind.name, arguments)
                return "job-\(jobs.all.count)"
            }, logger: .quiet)
        caller = DirectCaller(endpoints: EndpointTable.dashboard(dependencies))
        if let market {
            _ = try await MarketLoader(cache: cache).load(market, at: FixtureLedger.now - age, seconds: 3_600)
        }
    }

    /// The whole recorded market.
    static func loaded(changedBy sql: String = "", age: TimeInterval = 0) async throws -> MarketBench {
        try await MarketBench(market: try market(), changedBy: sql, age: age)
    }

    func json(
        _ method: Endpoint.Method, _ path: String, query: [String: String] = [:]
    ) async throws -> (status: Int, body: JSONValue) {
        let answer = try await caller.call(method, path, query: query)
        return (answer.status, try JSONDecoder().decode(JSONValue.self, from: Data(answer.body)))
    }

    /// Makes the request of a golden and compares the answer.
    func differences(_ name: String, allowing allowed: [String] = []) async throws -> [String] {
        let golden = try Golden(name)
        let answer = try await caller.call(golden.method, golden.path, query: golden.query)
        return GoldenComparison(allowed: allowed).differences(golden, answer)
    }
}
