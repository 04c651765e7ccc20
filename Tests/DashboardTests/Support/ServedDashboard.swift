import Exchange
import Foundation
import JobQueue
import Ledger
import Logging
import Redis
import TestSupport

@testable import Dashboard

/// A server on a free port, with a real Redis and a ledger file of its own.
struct ServedDashboard: Sendable {
    let port: Int
    let ledger: Ledger
    let redis: RedisClient
    let broker: Broker
    let now: Date
    let dependencies: DashboardDependencies

    /// Serves while the body runs.
    /// - Parameter options: of the server; its port is chosen.
    static func serving(
        _ options: DashboardServer.Options = .init(), now: Date = Date(timeIntervalSince1970: 1_759_579_200),
        _ body: (ServedDashboard) async throws -> Void
    ) async throws {
        let redis = try await SharedServer.client()
        let broker = Broker(redis: redis)
        let folder = FileManager.default.temporaryDirectory.appending(path: "dashboard-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let ledger = try await Ledger.open(
            LedgerAddress(path: folder.path + "/ledger.db"), now: { now }, logger: .quiet)
        _ = try await ledger.seedDemoBots(json: Data(oneBot.utf8))
        let dependencies = DashboardDependencies(
            ledger: ledger, cache: MarketDataCache(redis: redis, logger: .quiet), broker: broker, now: { now },
            figures: {
                let bucket = TokenBucket(name: "coinbase", ratePerSecond: 10, burst: 10)
                return FleetFigures(
                    limits: try await RateLimiter(broker: broker, buckets: [bucket]).levels(), lagMilliseconds: 1_500)
            },
            enqueue: { kind, arguments in
                let job = NewJob(
                    kind: try JobKind(kind.name), queue: try QueueName(kind.name),
                    payload: try JobPayload(json: arguments))
                return try await broker.enqueue([job])[0].id.description
            }, logger: .quiet)
        var chosen = options
        chosen.port = try freePort()
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let server = DashboardServer(chosen, dependencies) { continuation.yield($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next() else { throw NotServing() }
            try await body(
                ServedDashboard(
                    port: port, ledger: ledger, redis: redis, broker: broker, now: now, dependencies: dependencies))
            group.cancelAll()
        }
        try await ledger.close()
        await redis.close()
    }

    struct NotServing: Error {}

    static let oneBot = #"""
        {"bots": [{"id": 1, "name": "BTC-USD Bot", "pair": "BTC-USD", "status": "RUNNING", "position_size_usd": 50,
        "max_positions": 5, "stop_loss_pct": 5, "take_profit_pct": 10, "confirmation_minutes": 5, "trade_step_pct": 2,
        "cooldown_minutes": 15, "signal_config": "{\"rsi\": {\"enabled\": true, \"weight\": 0.4}}"}]}
        """#

    func get(_ path: String, headers: String = "") async throws -> RawReply {
        try await RawConnection.ask("GET \(path) HTTP/1.1\nHost: localhost:\(port)\n\(headers)\n", port: port)
    }

    func post(_ path: String, _ body: String = "", headers: String = "") async throws -> RawReply {
        let bytes = Array(body.utf8)
        let type = bytes.isEmpty ? "" : "Content-Type: application/json\n"
        return try await RawConnection.ask(
            "POST \(path) HTTP/1.1\nHost: localhost:\(port)\n\(type)Content-Length: \(bytes.count)\n\(headers)\n",
            body: bytes, port: port)
    }
}
