import Foundation
import Ledger
import Synchronization
import TestSupport
import Testing

@testable import Dashboard

@Suite struct TradeEndpointTests {
    @Test(arguments: [
        "get_trades-pending", "get_trades-pending-1", "get_trades-pending-26", "get_trades-pending-5",
        "get_trades-pending-999",
    ])
    func `open orders read as recorded`(_ name: String) async throws {
        #expect(try await DashboardBench().differences(name) == [])
    }

    @Test(arguments: ["get_trades-bot-1-performance", "get_trades-bot-39-performance"])
    func `a bot's performance reads as recorded`(_ name: String) async throws {
        let bench = try await DashboardBench()
        try await bench.storeQuotes()
        #expect(try await bench.differences(name) == [])
    }

    @Test func `a bot that does not exist is a 404`() async throws {
        let answer = try await DashboardBench().call(.get, "/api/v1/trades/bot/999/performance")
        #expect(answer.status == 404)
    }

    @Test func `trades with nonsense are listed, and a time that is none is no age`() async throws {
        let bench = try await DashboardBench(
            changedBy: """
                INSERT INTO trades (bot_id, side, size, price, status, size_usd, created_at) VALUES
                (NULL, 'hold', 'x', 'y', 'OPEN', 'z', 'never'), (5, NULL, NULL, NULL, 'Pending', NULL, NULL),
                (5, 'buy', -1, 1, 'active', 1, '2099-01-01 00:00:00');
                """)
        let pending = try await bench.json(.get, "/api/v1/trades/pending")
        #expect(pending["total_pending_orders"] == .integer(8) && pending["system_health"] == .text("critical"))
        let bot = try await bench.json(.get, "/api/v1/trades/pending/5")
        #expect(bot["pending_order_count"] == .integer(2) && bot["oldest_pending_minutes"] == .integer(0))
        // Words as they are stored, as the last trade of a bot has them.
        #expect(bot["most_recent_pending"]["side"] == .text("buy"))
        #expect(pending["pending_orders"].elements.contains { $0["side"] == .text("hold") })
    }

    @Test(arguments: ["get_trades_slash", "get_trades-stats", "get_coinbase-sync-sync-status"])
    func `what is gone says what takes its place`(_ name: String) async throws {
        let path = [
            "get_trades_slash": "trades", "get_trades-stats": "trades/stats",
            "get_coinbase-sync-sync-status": "coinbase-sync/sync-status",
        ][name]
        let answer = try await DashboardBench().call(.get, "/api/v1/\(path ?? "")")
        let body = try JSONDecoder().decode(JSONValue.self, from: Data(answer.body))
        #expect(answer.status == 410)
        #expect(body["detail"]["replacement"].string?.hasPrefix("/api/v1/raw-trades/") == true)
    }

    @Test func `every running bot is evaluated, and the answer names the first job`() async throws {
        let (bench, jobs) = try await Self.recording()
        let answer = try await bench.call(.post, "/api/v1/trades/trigger-evaluation")
        let body = try JSONDecoder().decode(JSONValue.self, from: Data(answer.body))
        #expect(body == .object(["message": .text("Bot signal evaluation triggered"), "task_id": .text("job-1")]))
        let enqueued = jobs.withLock { $0 }
        #expect(enqueued.count == 33 && enqueued.first == #"evaluation {"bot_id":1}"#)
        #expect(try await DashboardBench().differences("post_trades-trigger-evaluation", allowing: ["$.task_id"]) == [])
    }

    @Test func `without a running bot nothing is evaluated`() async throws {
        let (bench, jobs) = try await Self.recording(changedBy: "UPDATE bots SET status = 'STOPPED';")
        let body = try await bench.call(.post, "/api/v1/trades/trigger-evaluation").body
        #expect(String(decoding: body, as: UTF8.self) == #"{"message":"No bot is running","task_id":null}"#)
        #expect(jobs.withLock { $0.isEmpty })
    }

    @Test func `weights are adapted by a job`() async throws {
        let (bench, jobs) = try await Self.recording()
        let golden = "post_signal-performance-adaptive-weighting-update-all-bots"
        #expect(try await DashboardBench().differences(golden, allowing: ["$.task_id"]) == [])
        _ = try await bench.call(.post, "/api/v1/signal-performance/adaptive-weighting/update-all-bots")
        #expect(jobs.withLock { $0 } == [#"rebalance {"what":"weights"}"#])
    }

    /// Endpoints whose jobs are kept, as `kind arguments`, instead of enqueued.
    private static func recording(
        changedBy sql: String = ""
    ) async throws -> (DirectCaller, JobList) {
        let bench = try await DashboardBench(changedBy: sql)
        let jobs = JobList()
        let dependencies = DashboardDependencies(
            ledger: bench.ledger, cache: bench.dependencies.cache, broker: bench.broker, now: { FixtureLedger.now },
            enqueue: { kind, arguments in jobs.add("\(kind.name) \(arguments)") }, logger: .quiet)
        let file = bench.file
        let endpoints = Endpoint.trades(dependencies) + Endpoint.intelligence(dependencies)
        jobs.keep(file)
        return (DirectCaller(endpoints: endpoints), jobs)
    }
}

/// What was enqueued; keeps the ledger's file alive.
final class JobList: Sendable {
    private let state = Mutex<(jobs: [String], file: FixtureLedger?)>(([], nil))

    func withLock<Value: Sendable>(_ body: ([String]) -> Value) -> Value { state.withLock { body($0.jobs) } }

    func add(_ job: String) -> String {
        state.withLock { state in
            state.jobs.append(job)
            return "job-\(state.jobs.count)"
        }
    }

    func keep(_ file: FixtureLedger) { state.withLock { $0.file = file } }
}
