import Foundation
import JobQueue
import Ledger
import TestSupport
import Testing

@testable import Dashboard

@Suite struct HealthEndpointTests {
    /// The lines that the goldens were recorded with, as far as they show them.
    private static let logs = DashboardLogs { file in
        switch file {
        case "backend.log":
            (try? Golden("get_health-logs").body["logs"].elements.compactMap { $0["message"].string }) ?? []
        case "celery-worker.log":
            [
                "[2025-10-04 11:59:00,001: INFO/MainProcess] ready",
                "[2025-10-04 11:59:30,456: WARNING/ForkPoolWorker-1] hit rate below target",
            ]
        default: []
        }
    }

    @Test(arguments: [
        "get_health-logs", "get_health-logs__bad", "get_health-logs__missing", "get_health-critical-events",
    ])
    func `logs read as recorded`(_ golden: String) async throws {
        #expect(try await DashboardBench(logs: Self.logs).differences(golden) == [])
    }

    /// The old backend called every bot RUNNING, with a score of 0.
    @Test func `the health of the fleet is as recorded, with the bots as they are`() async throws {
        let bench = try await DashboardBench(changedBy: "UPDATE bots SET status = 'RUNNING';", logs: Self.logs)
        let scores = "$.bots.bot_details[*].current_score"
        #expect(try await bench.differences("get_health-comprehensive", allowing: [scores]) == [])
        let health = try await DashboardBench(logs: Self.logs).json(.get, "/api/v1/health/comprehensive")
        #expect(health["bots"]["healthy_bots"] == .integer(38) && health["bots"]["bots_with_issues"] == .integer(1))
        let bots = health["bots"]["bot_details"].elements
        #expect(bots[38]["status"] == .text("ERROR") && bots[38]["health"] == .text("error"))
        #expect(bots[14]["status"] == .text("STOPPED") && bots[3]["current_score"] == .number(-0.198263))
        #expect(health["overall_status"] == .text("healthy") && health["health_score"] == .number(0.84))
    }

    @Test func `only so many lines are shown, and no number of them is too many`() async throws {
        let bench = try await DashboardBench(logs: DashboardLogs { _ in (0..<2_000).map { "line \($0)" } })
        func lines(_ count: String) async throws -> [JSONValue] {
            try await bench.json(.get, "/api/v1/health/logs", query: ["lines": count])["logs"].elements
        }
        #expect(try await lines("2").map { $0["message"].string } == ["line 1998", "line 1999"])
        #expect(try await lines("-5").isEmpty)
        #expect(try await lines("9223372036854775807").count == 1_000)
        let events = try await bench.json(
            .get, "/api/v1/health/critical-events", query: ["minutes": "-9223372036854775808"])
        #expect(events["critical_events"] == .list([]))
    }

    @Test func `events that are older than asked for are left out`() async throws {
        let bench = try await DashboardBench(logs: Self.logs)
        let events = try await bench.json(.get, "/api/v1/health/critical-events", query: ["minutes": "1"])
        #expect(events["critical_events_count"] == .integer(2) && events["time_window_minutes"] == .integer(1))
    }

    @Test func `a ledger that is gone is an answer, not an error`() async throws {
        let bench = try await DashboardBench()
        try await bench.ledger.close()
        let health = try await bench.json(.get, "/api/v1/health/comprehensive")
        #expect(health["services"]["database"]["status"] == .text("error"))
        #expect(health["services"]["backend"]["status"] == .text("healthy"))
        #expect(health["overall_status"] == .text("degraded") && health["bots"]["bot_details"] == .list([]))
    }

    @Test(arguments: [
        ("2025-10-04 11:57:02 INFO worker: no ERROR here", "2025-10-04 11:57:02", "INFO"),
        ("2025-10-04 11:57:02,123 - app.services.cache - ERROR - failed", "2025-10-04 11:57:02", "ERROR"),
        ("[2025-10-04 11:59:30,456: CRITICAL/MainProcess] gone", "2025-10-04 11:59:30", "CRITICAL"),
        ("11:59:00.250 warning trading-1: a job failed", "2025-10-04 11:59:00", "WARNING"),
        ("12:00:30.000 notice  flotilla: ready", "2025-10-04 12:00:30", "INFO"),
        ("23:59:00.000 error   flotilla: yesterday", "2025-10-03 23:59:00", "ERROR"),
        (#"{"at":"2025-10-04T11:00:00.000Z","level":"error","message":"m"}"#, "2025-10-04 11:00:00", "ERROR"),
        ("Traceback: an error without a time", nil, "INFO"), ("ERROR: without a time", nil, "ERROR"),
        ("", nil, "INFO"), ("2025-10-04 11:57", nil, "INFO"),
        ("🚀 2025-10-04 11:57:02 WARN", "2025-10-04 11:57:02", "WARNING"),
    ])
    func `a line tells its time and level`(_ text: String, _ time: String?, _ level: String) {
        let line = LogLine(text, in: "backend.log", now: FixtureLedger.now)
        #expect(line.timestamp == time && line.level == level && line.text == text)
    }
}
