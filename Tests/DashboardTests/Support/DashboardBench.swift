import Exchange
import Foundation
import JobQueue
import Ledger
import Logging
import Redis
import TestSupport
import Testing

@testable import Dashboard

/// The API on the database that the goldens were recorded with, a real Redis, and a fixed clock.
struct DashboardBench: Sendable {
    let file: FixtureLedger
    let redis: RedisClient
    let dependencies: DashboardDependencies
    let caller: DirectCaller

    var ledger: Ledger { file.ledger }
    var broker: Broker { dependencies.broker }

    /// - Parameter sql: see `FixtureLedger`.
    init(
        fixture: Bool = true, changedBy sql: String = "", logs: DashboardLogs = .none, logger: Logger = .quiet
    ) async throws {
        file = try await FixtureLedger(fixture: fixture, changedBy: sql)
        redis = try await SharedServer.client()
        dependencies = DashboardDependencies(
            ledger: file.ledger, cache: MarketDataCache(redis: redis, logger: .quiet), broker: Broker(redis: redis),
            logs: logs, now: { FixtureLedger.now }, enqueue: { _, _ in "job-1" }, logger: logger)
        caller = DirectCaller(endpoints: EndpointTable.dashboard(dependencies))
    }

    func call(
        _ method: Endpoint.Method, _ path: String, query: [String: String] = [:], body: String? = nil
    ) async throws -> Answer {
        try await caller.call(method, path, query: query, body: body)
    }

    /// The answer to a request, decoded.
    func json(
        _ method: Endpoint.Method, _ path: String, query: [String: String] = [:], body: String? = nil
    ) async throws -> JSONValue {
        let answer = try await call(method, path, query: query, body: body)
        return try JSONDecoder().decode(JSONValue.self, from: Data(answer.body))
    }

    /// Makes the request of a golden and compares the answer.
    /// - Parameter allowed: see `GoldenComparison`.
    /// - Returns: the differences.
    func differences(_ name: String, allowing allowed: [String] = []) async throws -> [String] {
        let golden = try Golden(name)
        return GoldenComparison(allowed: allowed).differences(golden, try await answer(golden))
    }

    /// The same for the rows that the request changes, and then only for them.
    func rowDifferences(_ name: String, allowing allowed: [String] = []) async throws -> [String] {
        let (golden, before) = (try Golden(name), try TableRows(of: file))
        _ = try await answer(golden)
        return GoldenComparison(allowed: allowed).differences(
            expected: golden.changedRows, actual: .object(before.changes(to: try TableRows(of: file))))
    }

    private func answer(_ golden: Golden) async throws -> Answer {
        var body: String?
        if golden.requestBody != .null {
            body = String(decoding: try JSONEncoder().encode(golden.requestBody), as: UTF8.self)
        }
        return try await call(golden.method, golden.path, query: golden.query, body: body)
    }

    /// What the operator log says, newest first: that of the ledger, then that of Redis.
    func operatorLog() async throws -> [OperatorLogEntry] {
        let kept = try await ledger.operatorLog(limit: 100).map { entry in
            OperatorLogEntry(
                id: entry.id, at: 0, who: entry.who, action: entry.action, target: entry.target, why: entry.why,
                before: entry.before, after: entry.after)
        }
        return kept + (try await OperatorLog(broker: broker).entries(limit: 100))
    }
}
